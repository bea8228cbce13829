"""Customers named in a CSV file, by a column `id` or `email`; its other columns are left aside.

The heading may be written in any case, and “E-Mail” is `email`. Between columns stand commas, or
what other programs write: semicolons or tabs; Excel's first line `sep=;` says which.
"""

import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from typing import IO, cast

from django.utils.translation import gettext as _

from customers.folding import fold
from customers.imports.csv_rows import CsvRows, Row
from customers.imports.named_customers import By, Name, Names
from customers.imports.problems import BrokenFile, ImportProblem, shown

SEPARATORS = (",", ";", "\t")
SAID_SEPARATOR = re.compile(rb'"?sep=([,;\t])"?\r?\n', re.IGNORECASE)
LONGEST_SAYING = 16


def names_in(stream: IO[bytes], file: str = "") -> Names:
    """Return whom the rows of `stream` name, each with its line; `id` goes before `email`.

    `stream` can be read again from where it stands. The first separator by which the header has
    either column is taken. Raises BrokenFile where neither column is there, and while the names are
    read where the rows cannot be told apart.
    """
    begin = stream.tell()
    said = SAID_SEPARATOR.fullmatch(stream.readline(LONGEST_SAYING).removeprefix(BOM_UTF8))
    faults: list[BrokenFile] = []
    line: int | None = None
    headings: list[str] = []
    for separator in (said[1].decode(),) if said else SEPARATORS:
        stream.seek(begin)
        source = cast(IO[bytes], _WithoutFirstLine(stream)) if said else stream
        try:
            rows = CsvRows(file, source, separator)
        except BrokenFile as error:
            faults.append(error)
            continue
        line = rows.header_line
        header = [_heading(cell) for cell in rows.header]
        for by in By:
            if header.count(by) == 1:
                return Names(by, _names(rows, header.index(by)))
            if by in header:
                raise BrokenFile(ImportProblem(file, line, by, "column_twice"))
        headings = max(headings, rows.header, key=len)
    if line is None:
        raise faults[0]
    found = shown(", ".join(f"“{cell}”" for cell in headings))
    raise BrokenFile(ImportProblem(file, line, "", "no_name_column", found))


def in_full(code: str, reason: str) -> str:
    """Return `reason`, or where the bytes of a file are no UTF-8, what to do about it."""
    if code != "encoding":
        return reason
    return _("The file is not written in UTF-8; save it in Excel as “CSV UTF-8” and send that.")


class _WithoutFirstLine:
    """A file whose first line is empty, whatever stands there, so that lines keep their numbers."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._stream.readline(LONGEST_SAYING)
        self._is_first = True

    def readline(self, limit: int) -> bytes:
        if self._is_first:
            self._is_first = False
            return b"\n"
        return self._stream.readline(limit)


def _heading(cell: str) -> str:
    heading = fold(cell.strip())
    return By.EMAIL if heading == "e-mail" else heading


def _names(rows: CsvRows, column: int) -> Iterator[Name]:
    for found in rows:
        if isinstance(found, Row):
            yield Name(found.line, found.value, found.code)
        else:
            line, cells = found
            yield Name(line, cells[column])
