"""Report: which segments gained and lost the most members."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from segments.models import Segment
from segments.reports.sizes import sizes_over_time


@dataclass(frozen=True)
class Mover:
    """How a segment changed over a period."""

    segment: Segment
    entered: int
    left: int

    @property
    def net(self) -> int:
        """By how many members it grew; below zero where it shrank."""
        return self.entered - self.left

    @property
    def before(self) -> int:
        """How many members it had when the period began."""
        return max(self.segment.members_count - self.net, 0)


def movers(segments: Iterable[Segment], days: int, *, until: datetime) -> list[Mover]:
    """Return those of `segments` that changed within `days` days up to `until`, most first.

    Sorted by how far they grew or shrank, then by how many came and went. One query.
    """
    segments = list(segments)
    sizes = sizes_over_time(segments, days, until=until)
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
