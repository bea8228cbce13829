"""The journeys of a shop: its sales of a period, and what touched its customers before them."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from django.db.models import Max, QuerySet

from customers.models import Customer
from predictions.attribution.journey import DIRECT, Journey, Touch, money, units_of
from predictions.attribution.revenue import total_revenue, with_revenue
from predictions.attribution.sources import SOURCES, TouchRow

# The keys by which touches can be credited; the default is first.
BYS = ("channel", "campaign")
# The number of customers in a batch. Each costs a query for each source of touches.
STRETCH = 10_000
# A sale: when, and its revenue in units.
Sale = tuple[datetime, int]


@dataclass(frozen=True)
class Period:
    """Sales created from `since` (None: any) until just before `until`, as they exist `as_of`.

    A touch counts if it is at most `window` older than the sale. All instants are aware.
    """

    since: datetime | None
    until: datetime
    window: timedelta
    as_of: datetime

    @property
    def touched_since(self) -> datetime | None:
        """From when on a touch can be of any sale."""
        return None if self.since is None else self.since - self.window

    @property
    def touched_until(self) -> datetime:
        """Until when a touch can be of any sale, or of none in the period, and exists."""
        return min(self.until, self.as_of)

    def sales(self) -> QuerySet[Any]:
        """Return the sales, with their `revenue`."""
        found = with_revenue(self.as_of).filter(created_at__lt=self.until)
        return found if self.since is None else found.filter(created_at__gte=self.since)


def journeys(period: Period, by: str) -> Iterator[Journey]:
    """Yield the journeys, those without a sale as those with one customer by customer.

    All sales without a touch are one journey, the last one. A stretch of customers is held at a
    time. It is of one moment where the caller's queries are (`core.database.snapshot`).
    """
    left = total_revenue(period.sales())
    for keys in _stretches():
        for journey in _with_touches(_touches(keys, period, by), period):
            if journey.revenue is not None:
                left -= units_of(journey.revenue)
            yield journey
    if left:
        yield Journey((), money(left), period.until)


def journeys_of(customers: Sequence[int], period: Period, by: str) -> Iterator[Journey]:
    """Yield the journeys with a touch of `customers`, whose internal keys rise; as `journeys`."""
    for first in range(0, len(customers), STRETCH):
        some = customers[first : first + STRETCH]
        touches = _touches((some[0], some[-1]), period, by)
        yield from _with_touches({key: touches[key] for key in some if key in touches}, period)


def _stretches() -> Iterator[tuple[int, int]]:
    """Yield the first and the last key of stretches of customers; the first may be unused."""
    after = 0
    while True:
        some = Customer.objects.filter(pk__gt=after).order_by("pk")[:STRETCH]
        last = some.aggregate(last=Max("pk"))["last"]
        if last is None:
            return
        yield after + 1, last
        after = last


def _touches(keys: tuple[int, int], period: Period, by: str) -> Mapping[int, list[Touch]]:
    """Return the touches of each customer of a stretch who has one, in order."""
    found = defaultdict[int, list[Touch]](list)
    for row in touch_rows(keys, period.touched_since, period.touched_until):
        key = credited_key(row, by)
        if key:
            found[row.customer].append(Touch(key, row.at))
    for touches in found.values():
        touches.sort(key=lambda touch: (touch.at, touch.key))
    return found


def touch_rows(
    keys: tuple[int, int], since: datetime | None, until: datetime
) -> Iterator[TouchRow]:
    """Yield the touches of all sources from `since` (None: any) until `until`, in any order.

    Of the customers whose internal keys are from the first to the last of `keys`.
    """
    return chain.from_iterable(
        source.rows(first=keys[0], last=keys[1], since=since, until=until) for source in SOURCES
    )


def _with_touches(touches: Mapping[int, list[Touch]], period: Period) -> Iterator[Journey]:
    """Yield the journeys of a stretch of customers who have touches, customer by customer."""
    sales = _sales(list(touches), period) if touches else {}
    for customer in sorted(touches):
        yield from _of_customer(touches[customer], sales.get(customer, ()), period)


def credited_key(row: TouchRow, by: str) -> str:
    """Return the channel or campaign that a touch credits, as `by` (one of `BYS`) asks.

    '' for a direct visit, which credits nobody, and for a touch without a campaign.
    """
    if row.channel == DIRECT:
        return ""
    return row.channel if by == "channel" else row.campaign


def _sales(customers: Sequence[int], period: Period) -> Mapping[int, list[Sale]]:
    found = defaultdict[int, list[Sale]](list)
    rows = period.sales().filter(customer__in=customers).order_by("created_at", "pk")
    for customer, at, units in rows.values_list("customer", "created_at", "revenue"):
        found[customer].append((at, units))
    return found


def _of_customer(
    touches: Sequence[Touch], sales: Sequence[Sale], period: Period
) -> Iterator[Journey]:
    """Yield the journeys with a touch of a customer, whose touches are in order."""
    times = [touch.at for touch in touches]
    for at, units in sales:
        before = touches[window_of_sale(at, period.window, times)]
        if before:
            yield Journey(before, money(units), at)
    if not sales:
        begin = 0 if period.since is None else bisect_left(times, period.since)
        inside = touches[begin : bisect_left(times, period.until)]
        if inside:
            yield Journey(inside, None, inside[-1].at)


def window_of_sale(at: datetime, window: timedelta, times: Sequence[datetime]) -> slice:
    """Return which of `times`, which rise, are before a sale at `at`: at most `window`, or then.

    The differences are compared, as there is no time before the year 1.
    """
    return slice(bisect_left(times, -window, key=lambda time: time - at), bisect_right(times, at))
