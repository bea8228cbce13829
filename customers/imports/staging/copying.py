"""Rows as PostgreSQL's COPY reads them, a column at a time, in one COPY for many blocks."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from customers.imports.staging.cells import Value

NULL = "\\N"
# Each by itself and in this order: what is put in is not to be taken for what was there.
ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
# Stands in no text that PostgreSQL can store.
BETWEEN = "\0"


class OpenCopy:
    """A COPY that stays open between blocks: the server stores one while the next is read.

    Before any other statement on the connection it is to be closed.
    """

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self._statement = ""
        self._context: AbstractContextManager[Any] | None = None
        self._copy: Any = None

    def write(self, statement: str, text: str) -> None:
        """Send `text` to the COPY `statement`, which is begun where another one is open."""
        if statement != self._statement:
            self.close()
            context = self.connection.cursor().copy(statement)
            self._copy = context.__enter__()
            self._statement, self._context = statement, context
        try:
            self._copy.write(text)
        except BaseException as error:
            context = self._forget()
            context.__exit__(type(error), error, error.__traceback__)
            raise

    def close(self) -> None:
        """Wait until all is stored that was sent."""
        if self._context:
            self._forget().__exit__(None, None, None)

    def _forget(self) -> AbstractContextManager[Any]:
        assert self._context
        context, self._context = self._context, None
        self._statement, self._copy = "", None
        return context


def copy_text(columns: Sequence[Sequence[Value]]) -> str:
    """Return the rows that `columns` make, at least one, in the text format of COPY."""
    rows = map("\t".join, zip(*map(_texts, columns), strict=True))
    return "\n".join(rows) + "\n"


def _texts(column: Sequence[Value]) -> Iterable[str]:
    kinds = set(map(type, column))
    if kinds == {int}:
        return map(str, column)
    if type(None) in kinds:
        filled = iter(_texts([value for value in column if value is not None]))
        return [NULL if value is None else next(filled) for value in column]
    if kinds <= {str}:
        return _escape_texts(column)  # type: ignore[arg-type]
    return _escape_texts([str(value) for value in column])


def _escape_texts(texts: Sequence[str]) -> Sequence[str]:
    whole = BETWEEN.join(texts)
    if not any(special in whole for special in ESCAPES):
        return texts
    for special, escaped in ESCAPES.items():
        whole = whole.replace(special, escaped)
    return whole.split(BETWEEN)
