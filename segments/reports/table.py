"""The table that stands beside each chart: shown on the page, and downloaded as CSV."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from django.utils.functional import Promise

from core.text.formats import day_shown, money_shown, number_shown, share_shown
from core.text.formulas import guarded
from segments.models import Segment

# A page shows no more rows than these; the CSV has all.
ROWS_SHOWN = 200
# Averages have more decimals than an amount is read with.
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Share:
    """A part of something, 0 to 1; None where there is nothing to be a part of."""

    part: float | None


@dataclass(frozen=True)
class Money:
    """An amount in the base currency; None where there is none."""

    amount: Decimal | None


Cell = Segment | str | int | float | date | Share | Money | None


@dataclass(frozen=True)
class Table:
    """Rows of values under the names of their columns."""

    columns: Sequence[str | Promise]
    rows: Sequence[Sequence[Cell]]

    @property
    def shown(self) -> list[list[tuple[Cell, str]]]:
        """Each cell of the first `ROWS_SHOWN` rows, with its text for people."""
        return [[(cell, as_text(cell)) for cell in row] for row in self.rows[:ROWS_SHOWN]]

    @property
    def is_cut_off(self) -> bool:
        """Whether there are more rows than are shown."""
        return len(self.rows) > ROWS_SHOWN

    def csv(self) -> str:
        """Return the table as RFC 4180 text: plain numbers, dates as YYYY-MM-DD, shares 0 to 1."""
        file = io.StringIO()
        writer = csv.writer(file)
        writer.writerow([guarded(str(column)) for column in self.columns])
        writer.writerows([[_plain(cell) for cell in row] for row in self.rows])
        return file.getvalue()


def as_text(cell: Cell) -> str:
    """Return `cell` as a person reads it."""
    match cell:
        case None | Share(None) | Money(None):
            return "–"
        case Share(part):
            return share_shown(part, in_column=True)
        case Money(Decimal() as amount):
            return money_shown(amount.quantize(CENT, ROUND_HALF_UP), in_column=True)
        case int():
            return number_shown(cell)
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
        case date():
            return cell.isoformat()
        case _:
            return guarded(str(cell))
