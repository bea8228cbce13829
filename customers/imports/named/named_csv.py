"""Customers named in a CSV file, by a column `id` or `email`; its other columns are left aside.

The heading may be written in any case, and as our own exports and mail programs write it.
"""

from collections.abc import Iterator
from typing import IO

from core.text.folding import fold
from core.text.formulas import unguard_formula
from customers.imports.named.named_customers import By, Name, Names
from customers.imports.problems import BrokenFile, ImportProblem, shorten_cell
from customers.imports.staging.csv_rows import CsvRows, Row, open_rows

HEADINGS = {
    By.ID: ("id", "external id", "ext_id"),
    By.EMAIL: (
        *("email", "e-mail", "email address", "e-mail address", "email-adresse", "e-mail-adresse"),
        *("emailadresse", "adresse e-mail", "adresse email", "user_email"),
    ),
}
MEANINGS = {heading: by for by, headings in HEADINGS.items() for heading in headings}


def names_in(stream: IO[bytes], file: str = "", *, compares_emails: bool = True) -> Names:
    """Return the customers that the rows of `stream` name, with their lines; `id` before `email`.

    `stream` can be read again from its position. Where the file has both columns and
    `compares_emails` is set, a row is refused if its columns name two different customers. Raises
    BrokenFile where the file has neither column or the used one twice, and, while the names are
    read, where the file cannot be split into rows.
    """
    rows = open_rows(file, stream, lambda cell: _heading(cell) in MEANINGS)
    places: dict[By, list[int]] = {by: [] for by in By}
    for index, cell in enumerate(rows.header):
        if by := MEANINGS.get(_heading(cell)):
            places[by].append(index)
    named = next((by for by in By if places[by]), None)
    if named is None:
        raise _broken_file(rows, "no_name_column", rows.header)
    if len(places[named]) > 1:
        raise _broken_file(rows, "name_columns", [rows.header[index] for index in places[named]])
    emails = places[By.EMAIL] if named is By.ID and compares_emails else []
    return Names(named, _names(rows, places[named][0], emails[0] if len(emails) == 1 else None))


def _broken_file(rows: CsvRows, code: str, headings: list[str]) -> BrokenFile:
    found = shorten_cell(", ".join(f"“{cell}”" for cell in headings))
    return BrokenFile(ImportProblem(rows.name, rows.header_line, "", code, found))


def _heading(cell: str) -> str:
    return fold(cell.strip())


def _names(rows: CsvRows, column: int, email: int | None) -> Iterator[Name]:
    for found in rows:
        if isinstance(found, Row):
            yield Name(found.line, found.value, found.code)
        else:
            line, cells = found
            other = "" if email is None else unguard_formula(cells[email])
            yield Name(line, unguard_formula(cells[column]), email=other)
