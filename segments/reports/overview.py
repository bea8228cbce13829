"""The figures of the overview: totals, movers and overlaps of all segments."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from core.database.time_limit import TookTooLong, time_limit
from customers.models import Customer
from segments.models import Segment
from segments.models.members.totals import count_overlaps, recent_totals
from segments.reports.days import beginning_of, last_days
from segments.reports.movers import Mover, movers
from segments.reports.sales import Sales, sales_of_shop
from segments.reports.spread import customers_in_no_segment

T = TypeVar("T")

MOVERS_SHOWN = 5
MOVERS_DAYS = 7
SALES_DAYS = 30
OVERLAPS_SHOWN = 5
# The time limit of each figure; slower ones are left out, so that the page always appears.
SECONDS = 2.0


@dataclass(frozen=True)
class SharedMembers:
    """Two segments, the number of customers in both, and its share of the smaller segment."""

    first: Segment
    second: Segment
    count: int

    @property
    def share(self) -> float | None:
        smaller = min(self.first.members_count, self.second.members_count)
        # A stored count may exceed the current number of members.
        return min(self.count / smaller, 1.0) if smaller else None


@dataclass(frozen=True)
class Overview:
    """All figures at one time; None where a figure took too long.

    `sales` are those of the last `SALES_DAYS` days and of as many days before. Customers and
    overlaps are as of `counted_at` if a worker has counted them.
    """

    sales: tuple[Sales, Sales] | None
    segments_count: int
    active: list[Segment]
    customers: int | None
    in_no_segment: int | None
    movers: list[Mover]
    overlaps: list[SharedMembers] | None
    counted_at: datetime | None


def overview(*, at: datetime, with_sales: bool) -> Overview:
    """Return the overview at `at` (aware), in a constant number of queries with time limits."""
    sales = _in_time(lambda: sales_of_shop(SALES_DAYS, until=at)) if with_sales else None
    segments = list(Segment.objects.with_status())
    active = [segment for segment in segments if segment.is_active]
    kept = recent_totals()
    customers: int | None
    in_no_segment: int | None
    overlaps: list[SharedMembers] | None
    if kept:
        customers, in_no_segment = kept.customers, kept.in_no_segment
        overlaps = None if kept.overlaps is None else _shared_members(active, kept.overlaps)
    else:
        customers = _in_time(lambda: Customer.objects.filter(is_active=True).count())
        in_no_segment = _in_time(customers_in_no_segment)
        overlaps = _in_time(lambda: largest_overlaps(active))
    return Overview(
        sales=sales,
        segments_count=len(segments),
        active=active,
        customers=customers,
        in_no_segment=in_no_segment,
        movers=movers(_settled(active, at), MOVERS_DAYS, until=at)[:MOVERS_SHOWN],
        overlaps=overlaps,
        counted_at=kept.at if kept else None,
    )


def _settled(segments: list[Segment], at: datetime) -> list[Segment]:
    """Return the segments that existed when the days of the movers began.

    The members of a newer one have all entered, which is no change.
    """
    since = beginning_of(last_days(MOVERS_DAYS, at)[0])
    return [segment for segment in segments if segment.created_at < since]


def largest_overlaps(segments: list[Segment]) -> list[SharedMembers]:
    """Return the pairs of active `segments` that share the most stored members, most first."""
    return _shared_members(segments, count_overlaps(OVERLAPS_SHOWN))


def _shared_members(
    segments: list[Segment], counted: Iterable[tuple[int, int, int]]
) -> list[SharedMembers]:
    """Return those of the `counted` pairs of which both segments are in `segments`."""
    by_id = {segment.pk: segment for segment in segments}
    return [
        SharedMembers(by_id[first], by_id[second], count)
        for first, second, count in counted
        if first in by_id and second in by_id
    ]


def _in_time(count: Callable[[], T]) -> T | None:
    try:
        with time_limit(time.monotonic() + SECONDS):
            return count()
    except TookTooLong:
        return None
