"""The table of a report, for the page and as CSV."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.functional import Promise

from core.text.formats import cents_shown, day_shown, number_shown, share_shown
from core.text.formulas import guard_formula
from segments.models import Segment

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
class Customers:
    """A number of customers; `query` is what shows them in the list of customers."""

    count: int
    query: str


Cell = Segment | str | int | float | date | Share | Money | Customers | None


@dataclass(frozen=True)
class Table:
    """Rows of values under the names of their columns."""

    columns: Sequence[str | Promise]
    rows: Sequence[Sequence[Cell]]

    @property
    def shown(self) -> list[list[tuple[Cell, str]]]:
        """The cells of the first `ROWS_SHOWN` rows, each with its formatted text."""
        return [[(cell, as_text(cell)) for cell in row] for row in self.rows[:ROWS_SHOWN]]

    @property
    def is_cut_off(self) -> bool:
        """Return whether the page does not show all rows."""
        return len(self.rows) > ROWS_SHOWN

    def csv(self) -> str:
        """Return the table as RFC 4180 text: plain numbers, dates as YYYY-MM-DD, shares 0 to 1."""
        file = io.StringIO()
        writer = csv.writer(file)
        writer.writerow([guard_formula(str(column)) for column in self.columns])
        writer.writerows([[_plain(cell) for cell in row] for row in self.rows])
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
        case Customers(count):
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
        case Customers(count):
            return str(count)
        case date():
            return cell.isoformat()
        case _:
            return guard_formula(str(cell))
