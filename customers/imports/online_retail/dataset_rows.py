"""The rows of an Online Retail file: CSV, packed CSV or a workbook, all read alike."""

import lzma
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from sys import intern
from typing import IO
from zipfile import BadZipFile

from customers.imports.problems import (
    BadCell,
    BrokenFile,
    ImportProblem,
    ImportRefused,
    shorten_cell,
)
from customers.imports.staging import cells
from customers.imports.staging.csv_rows import CsvRows, Row

COLUMNS = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
)
IS_CUSTOMER = re.compile(r"([0-9]{1,18})(\.0)?").fullmatch


@dataclass(frozen=True)
class Sold:
    """A row of a customer; `quantity` and `unit_price` are in 1/10,000, `at` is UTC as text."""

    invoice: str
    sku: str
    description: str
    quantity: int
    at: str
    price: str
    unit_price: int
    customer: str
    country: str


class BadRow(Exception):
    """A row of a customer has a cell that says nothing: the column, why, and the cell."""

    def __init__(self, column: str, code: str, cell: str) -> None:
        super().__init__(column, code)
        self.column, self.code, self.cell = column, code, cell

    def problem(self, file: str, line: int) -> ImportProblem:
        """Return it with its place."""
        return ImportProblem(file, line, self.column, self.code, shorten_cell(self.cell))


def sold_in(row: tuple[str, ...]) -> Sold:
    """Return the sale in a customer's row, its cells in the order of COLUMNS; raises `BadRow`."""
    number, sku, description, quantity_cell, date_cell, price, customer_cell, country = row
    column = cell = ""
    try:
        column, cell = "InvoiceNo", number
        if not number:
            raise BadCell("missing")
        column, cell = "StockCode", sku
        if not sku:
            raise BadCell("missing")
        column, cell = "Quantity", quantity_cell
        quantity = cells.number(cell)
        column, cell = "InvoiceDate", date_cell
        at = cells.moment(cell)
        column, cell = "UnitPrice", price
        unit_price = cells.number(cell)
        column, cell = "CustomerID", customer_cell
        matched = IS_CUSTOMER(cell)
        if matched is None:
            raise BadCell("number")
    except BadCell as error:
        raise BadRow(column, error.code, cell) from error
    customer = intern(str(int(matched[1])))
    return Sold(number, sku, description, quantity, at, price, unit_price, customer, country)


def rows_of(path: Path) -> Iterator[tuple[int, tuple[str, ...], int, int]]:
    """Yield line, cells in the order of COLUMNS, and how much of the file is read of how much.

    Raises ImportRefused where the file cannot be split into rows.
    """
    try:
        if path.suffix.lower() == ".xlsx":
            yield from _sheet_rows(path)
        elif path.suffix.lower() == ".xz":
            with path.open("rb") as packed, lzma.open(packed) as stream:
                yield from _csv_rows(path, packed, stream)
        else:
            with path.open("rb") as stream:
                yield from _csv_rows(path, stream, stream)
    except BrokenFile as error:
        raise ImportRefused(list(error.problems), len(error.problems)) from error


def _csv_rows(
    path: Path, packed: IO[bytes], stream: IO[bytes]
) -> Iterator[tuple[int, tuple[str, ...], int, int]]:
    size = path.stat().st_size
    rows = CsvRows(path.name, stream)
    order = _order_of_columns(path, rows.header_line, rows.header)
    for row in rows:
        if isinstance(row, Row):
            column = "" if row.column is None else rows.header[row.column]
            raise BrokenFile(ImportProblem(path.name, row.line, column, row.code, row.value))
        line, found = row
        yield line, tuple([found[index] for index in order]), packed.tell(), size


def _sheet_rows(path: Path) -> Iterator[tuple[int, tuple[str, ...], int, int]]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
        sheet = book.worksheets[0]
        total = sheet.max_row or 0
        rows = sheet.iter_rows(values_only=True)
        header = [_sheet_text(cell) for cell in next(rows, ())]
        order = _order_of_columns(path, 1, header)
        for line, found in enumerate(rows, 2):
            if any(cell is not None for cell in found):
                row = tuple([_sheet_text(found[index]) for index in order])
                yield line, row, line, total
        book.close()
    except (InvalidFileException, BadZipFile, KeyError, ValueError) as error:
        raise BrokenFile(ImportProblem(path.name, None, "", "unreadable", str(error))) from error


def _sheet_text(cell: object) -> str:
    """Return a cell of a workbook as the CSV file has it."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return str(cell)
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return str(cell)


def _order_of_columns(path: Path, line: int, header: list[str]) -> list[int]:
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        raise BrokenFile(
            *(ImportProblem(path.name, line, column, "column_missing") for column in missing)
        )
    return [header.index(column) for column in COLUMNS]
