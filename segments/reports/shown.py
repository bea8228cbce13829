"""A report as it is shown: its charts, and the table that has all their numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from segments.models import Segment
from segments.reports.charts import Bar
from segments.reports.table import Cell, Money, Table, as_text

# Charts of this many segments at most; the table has all of them.
DRAWN = 12


@dataclass(frozen=True)
class Chart:
    """A drawing under its title, and the segment that it is about, where it is about one."""

    title: str
    drawn: SafeString
    segment: Segment | None = None


@dataclass(frozen=True)
class Shown:
    """The table, the charts of its numbers, and of how many things the charts draw the first."""

    table: Table
    charts: Sequence[Chart]
    drawable: int = 0

    @property
    def is_partly_drawn(self) -> bool:
        """Whether the table has more than the charts."""
        return self.drawable > DRAWN


def bars_of(rows: Sequence[Sequence[Cell]], column: int) -> list[Bar]:
    """Return a bar for each of `rows`, as long as the value in `column`, named by the first."""
    return [Bar(str(row[0]), _length(row[column]), as_text(row[column])) for row in rows]


def _length(cell: Cell) -> float:
    if isinstance(cell, Money):
        return float(cell.amount or 0)
    return float(cell) if isinstance(cell, int | float) else 0.0
