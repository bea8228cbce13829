"""Report: the segments that gained and lost the most members."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from core.access.website_limits import Websites
from core.figures.charts import Bar, bar_chart
from core.figures.table import Cell, Table
from core.text.formats import number_shown
from segments.models import Segment
from segments.reports.shown import DRAWN, Chart, Shown
from segments.reports.sizes import sizes_over_time
from segments.rules.website_limits.websites import segments_within


@dataclass(frozen=True)
class Mover:
    """How a segment changed over a period."""

    segment: Segment
    entered: int
    left: int

    @property
    def net(self) -> int:
        """The growth in members; negative if the segment shrank."""
        return self.entered - self.left

    @property
    def before(self) -> int:
        """The number of members when the period began."""
        return max(self.segment.members_count - self.net, 0)


def growth(
    segments: Sequence[Segment], days: int, until: datetime, *, allowed_websites: Websites = None
) -> Shown:
    """Return the report: a bar and a row for each segment that changed."""
    found = movers(
        segments_within(segments, allowed_websites),
        days,
        until=until,
        allowed_websites=allowed_websites,
    )
    rows: list[tuple[Cell, ...]] = [
        (
            mover.segment,
            mover.before,
            mover.entered,
            mover.left,
            mover.segment.members_count,
            signed_change(mover.net),
        )
        for mover in found
    ]
    bars = [
        Bar(mover.segment.name, mover.net, signed_change(mover.net))
        for mover in found[:DRAWN]
        if mover.net
    ]
    columns = (_("Segment"), _("Before"), _("Entered"), _("Left"), _("Now"), _("Difference"))
    title = _("Growth of each segment")
    chart = Chart(title, bar_chart(bars, title))
    return Shown(Table(columns, rows), [chart], sum(bool(mover.net) for mover in found))


def movers(
    segments: Iterable[Segment], days: int, *, until: datetime, allowed_websites: Websites = None
) -> list[Mover]:
    """Return those of `segments` that changed within `days` days up to `until`, most first.

    Sorted by the absolute growth, then by the number of changes. Queries and `allowed_websites` are
    those of `sizes_over_time`.
    """
    segments = list(segments)
    sizes = sizes_over_time(segments, days, until=until, allowed_websites=allowed_websites)
    moved = [
        Mover(
            segment,
            sum(size.entered for size in sizes[segment.pk]),
            sum(size.left for size in sizes[segment.pk]),
        )
        for segment in segments
    ]
    return sorted(
        (mover for mover in moved if mover.entered or mover.left),
        key=lambda mover: (-abs(mover.net), -mover.entered - mover.left, mover.segment.name),
    )


def signed_change(number: int) -> str:
    """Return `number` with its sign."""
    sign = "+" if number > 0 else "−" if number else ""
    return f"{sign}{number_shown(abs(number))}"
