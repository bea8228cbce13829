"""Tables of values, for a page and as CSV."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Model
from django.utils.functional import Promise

from core.text.formats import cents_shown, day_shown, number_shown, share_shown
from core.text.formulas import guard_formula

# The maximum number of rows on the page; the CSV has all rows.
ROWS_SHOWN = 200


@dataclass(frozen=True)
class Share:
    """A share, 0 to 1; None where the whole is zero."""

    part: float | None


@dataclass(frozen=True)
class Money:
    """An amount in the base currency; None without an amount."""

    amount: Decimal | None


@dataclass(frozen=True)
class LinkedCount:
    """A number of rows; `query` filters the list that shows them."""

    count: int
    query: str


Cell = Model | str | int | float | date | Share | Money | LinkedCount | None


@dataclass(frozen=True)
class Table:
    """Rows of values under the names of their columns."""

    columns: Sequence[str | Promise]
    rows: Sequence[Sequence[Cell]]

    @property
    def shown_rows(self) -> list[list[tuple[Cell, str]]]:
        """The cells of the first `ROWS_SHOWN` rows, each with its formatted text."""
        return [[(cell, as_text(cell)) for cell in row] for row in self.rows[:ROWS_SHOWN]]

    @property
    def is_cut_off(self) -> bool:
        """Return whether the page does not show all rows."""
        return len(self.rows) > ROWS_SHOWN

    def csv(self) -> str:
        """Return the table as RFC 4180 text: plain numbers, dates as YYYY-MM-DD, shares 0 to 1."""
        head = [guard_formula(str(column)) for column in self.columns]
        return csv_text([head, *([_plain(cell) for cell in row] for row in self.rows)])


def csv_text(rows: Iterable[Iterable[Any]], *, end: str = "\r\n") -> str:
    """Return `rows` as CSV (RFC 4180); each line ends with `end`."""
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator=end).writerows(rows)
    return file.getvalue()


def as_text(cell: Cell) -> str:
    """Return `cell` formatted for the page."""
    match cell:
        case None | Share(None) | Money(None):
            return "–"
        case Share(part):
            return share_shown(part, in_column=True)
        case Money(Decimal() as amount):
            return cents_shown(amount)
        case int():
            return number_shown(cell)
        case LinkedCount(count):
            return number_shown(count)
        case float():
            return number_shown(Decimal(str(cell)), 2)
        case date():
            return day_shown(cell)
        case _:
            return str(cell)


def _plain(cell: Cell) -> str:
    match cell:
        case None | Share(None) | Money(None):
            return ""
        case Share(float() as part):
            return f"{part:.6f}"
        case Money(Decimal() as amount):
            return format(amount, "f")
        case float():
            return f"{cell:.4f}"
        case int():
            return str(cell)
        case LinkedCount(count):
            return str(count)
        case date():
            return cell.isoformat()
        case _:
            return guard_formula(str(cell))
