"""Customers named in a CSV file, by a column `id` or `email`; its other columns are left aside.

Between columns stand commas, or what other programs write: semicolons or tabs.
"""

from collections.abc import Iterator
from typing import IO

from customers.imports.csv_rows import CsvRows, Row
from customers.imports.named_customers import By, Name, Names
from customers.imports.problems import BrokenFile, ImportProblem

SEPARATORS = (",", ";", "\t")


def names_in(stream: IO[bytes], file: str = "") -> Names:
    """Return whom the rows of `stream` name, each with its line; `id` goes before `email`.

    `stream` can be read again from where it stands. The first separator by which the header has
    either column is taken. Raises BrokenFile where neither column is there, and while the names are
    read where the rows cannot be told apart.
    """
    begin = stream.tell()
    faults: list[BrokenFile] = []
    line: int | None = None
    for separator in SEPARATORS:
        stream.seek(begin)
        try:
            rows = CsvRows(file, stream, separator)
        except BrokenFile as error:
            faults.append(error)
            continue
        line = rows.header_line
        for by in By:
            if rows.header.count(by) == 1:
                return Names(by, _names(rows, rows.header.index(by)))
            if by in rows.header:
                raise BrokenFile(ImportProblem(file, line, by, "column_twice"))
    if line is None:
        raise faults[0]
    raise BrokenFile(ImportProblem(file, line, "", "no_name_column"))


def _names(rows: CsvRows, column: int) -> Iterator[Name]:
    for found in rows:
        if isinstance(found, Row):
            yield Name(found.line, found.value, found.code)
        else:
            line, cells = found
            yield Name(line, cells[column])
