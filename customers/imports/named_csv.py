"""Customers named in a CSV file, by a column `id` or `email`; its other columns are left aside."""

from collections.abc import Iterator
from typing import IO

from customers.imports.csv_rows import CsvRows, Row
from customers.imports.named_customers import By, Name, Names
from customers.imports.problems import BrokenFile, ImportProblem


def names_in(stream: IO[bytes], file: str = "") -> Names:
    """Return whom the rows of `stream` name, each with its line; `id` goes before `email`.

    Raises BrokenFile where neither column is there, and while the names are read where the rows
    cannot be told apart.
    """
    rows = CsvRows(file, stream)
    for by in (By.ID, By.EMAIL):
        if rows.header.count(by) == 1:
            return Names(by, _names(rows, rows.header.index(by)))
        if by in rows.header:
            raise BrokenFile(ImportProblem(file, rows.header_line, by, "column_twice"))
    raise BrokenFile(ImportProblem(file, rows.header_line, "id, email", "column_missing"))


def _names(rows: CsvRows, column: int) -> Iterator[Name]:
    for found in rows:
        if isinstance(found, Row):
            yield Name(found.line, found.value, found.code)
        else:
            line, cells = found
            yield Name(line, cells[column])
