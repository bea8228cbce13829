"""A computed report: its charts, and the table with all their numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.safestring import SafeString

from core.figures.charts import Bar, bar_chart
from core.figures.table import Cell, LinkedCount, Money, Table, as_text
from segments.models import Segment

# Charts show at most this number of segments; the table has all of them.
DRAWN = 12


@dataclass(frozen=True)
class Chart:
    """A drawing with its title, and its segment if it is about a single one.

    `bars` are those of a bar chart whose bars count customers.
    """

    title: str
    drawn: SafeString
    segment: Segment | None = None
    bars: Sequence[Bar] = ()


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

    def leading_to(self, page: str) -> "Shown":
        """Return the report with bars that lead to their customers, whom the URL `page` lists."""
        return replace(
            self,
            charts=[
                replace(one, drawn=bar_chart(one.bars, one.title, page=page)) if one.bars else one
                for one in self.charts
            ],
        )


def bars_of(rows: Sequence[Sequence[Cell]], column: int) -> list[Bar]:
    """Return a bar for each of `rows`, with the value in `column`, labelled by the first cell."""
    return [
        Bar(str(row[0]), _length(cell), as_text(cell), getattr(cell, "query", ""))
        for row in rows
        for cell in [row[column]]
    ]


def _length(cell: Cell) -> float:
    if isinstance(cell, Money):
        return float(cell.amount or 0)
    if isinstance(cell, LinkedCount):
        return float(cell.count)
    return float(cell) if isinstance(cell, int | float) else 0.0
