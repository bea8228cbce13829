"""A computed report: its charts, and the table with all their numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from core.figures.charts import Bar
from core.figures.table import Cell, LinkedCount, Money, Table, as_text
from segments.models import Segment

# Charts show at most this number of segments; the table has all of them.
DRAWN = 12


@dataclass(frozen=True)
class Chart:
    """A drawing with its title, and its segment if it is about a single one."""

    title: str
    drawn: SafeString
    segment: Segment | None = None


@dataclass(frozen=True)
class Shown:
    """The table, the charts, and the number of rows that could be drawn (`drawable`)."""

    table: Table
    charts: Sequence[Chart]
    drawable: int = 0

    @property
    def is_partly_drawn(self) -> bool:
        """Return whether the table has more than the charts."""
        return self.drawable > DRAWN


def bars_of(rows: Sequence[Sequence[Cell]], column: int) -> list[Bar]:
    """Return a bar for each of `rows`, with the value in `column`, labelled by the first cell."""
    return [Bar(str(row[0]), _length(row[column]), as_text(row[column])) for row in rows]


def _length(cell: Cell) -> float:
    if isinstance(cell, Money):
        return float(cell.amount or 0)
    if isinstance(cell, LinkedCount):
        return float(cell.count)
    return float(cell) if isinstance(cell, int | float) else 0.0
