"""Rows as PostgreSQL's COPY reads them, a column at a time."""

from collections.abc import Iterable, Sequence

from customers.imports.cells import Value

NULL = "\\N"
# Each by itself and in this order: what is put in is not to be taken for what was there.
ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
# Stands in no text that PostgreSQL can store.
BETWEEN = "\0"


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
        return _escaped(column)  # type: ignore[arg-type]
    return _escaped([str(value) for value in column])


def _escaped(texts: Sequence[str]) -> Sequence[str]:
    whole = BETWEEN.join(texts)
    if not any(special in whole for special in ESCAPES):
        return texts
    for special, escaped in ESCAPES.items():
        whole = whole.replace(special, escaped)
    return whole.split(BETWEEN)
