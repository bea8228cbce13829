"""Counts how often each variant was shown, and how many of these exposures an order followed.

Exposures are all stored ones, and each behaviour `experience_shown` whose response (`data.id`) and
element have no stored exposure: a page may report that it has shown a response. An order follows
the last exposure of an element to its customer that was before it, if that is not longer ago than
`WINDOW`. Exposures of the holdout group do not count for the default: another module compares that
group with all others. Nor do those of an experiment, which has results of its own.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Max, QuerySet, Sum

from customers.models import NO_SALE_STATES, Order
from personalization.experiences.serving.catalogue import change
from personalization.experiences.serving.confidence import Counts
from personalization.models import (
    AttributedConversion,
    BehaviorEvent,
    ContentItem,
    Exposure,
    VariantCounter,
)

WINDOW = timedelta(days=14)
SHOWN, CONTENT_VIEWED = "experience_shown", "content_viewed"
RECENT = timedelta(days=7)
BATCH = 1_000
# The most exposures that are counted within seconds.
QUICKLY_COUNTED = 200_000
Totals = dict[tuple[str, str], list[int]]


class Seen(NamedTuple):
    """One exposure of a customer."""

    element: str
    at: datetime
    variant: str


def count(as_of: datetime) -> None:
    """Count all stored exposures up to an aware instant again, for web processes to read."""
    totals = count_exposures(as_of)
    with transaction.atomic():
        VariantCounter.objects.all().delete()
        VariantCounter.objects.bulk_create(
            (
                VariantCounter(
                    element=element,
                    variant=variant,
                    exposures=counts.exposures,
                    conversions=counts.conversions,
                    counted_at=as_of,
                )
                for (element, variant), counts in sorted(totals.items())
            ),
            batch_size=BATCH,
        )
        _count_clicks(as_of)
        change()


def count_after_conversions(as_of: datetime) -> None:
    """Count again where an order was attributed since the last count.

    Beyond `QUICKLY_COUNTED` exposures, only the hourly count updates the numbers.
    """
    found = VariantCounter.objects.aggregate(at=Max("counted_at"), exposures=Sum("exposures"))
    if (found["exposures"] or 0) > QUICKLY_COUNTED:
        return
    newer = AttributedConversion.objects.all()
    if found["at"] is not None:
        newer = newer.filter(attributed_at__gt=found["at"])
    if newer.exists():
        count(as_of)


def count_exposures(as_of: datetime) -> dict[tuple[str, str], Counts]:
    """Return exposures and conversions by element and variant, '' being the default.

    Reads customers in batches. Exposures of untracked shoppers, which are only counted, are left
    out: nobody knows whether these shoppers bought.
    """
    totals: Totals = defaultdict(lambda: [0, 0])
    for keys in _customers():
        orders: dict[int, list[datetime]] = defaultdict(list)
        sales = Order.objects.filter(customer__in=keys, created_at__lte=as_of)
        sales = sales.exclude(state__in=NO_SALE_STATES).order_by("created_at")
        for customer, at in sales.values_list("customer", "created_at"):
            orders[customer].append(at)
        for customer, seen in _exposures_of(keys, as_of).items():
            _add(totals, sorted(seen), orders[customer])
    return {key: Counts(*numbers) for key, numbers in totals.items()}


def _count_clicks(as_of: datetime) -> None:
    """Write how often each piece of content was clicked in the last 7 days."""
    rows = BehaviorEvent.objects.filter(
        behavior_type=CONTENT_VIEWED, occurred_at__gt=as_of - RECENT, occurred_at__lte=as_of
    )
    clicks = Counter(
        str(data.get("content")) for data in rows.values_list("data", flat=True).iterator()
    )
    pieces = list(ContentItem.objects.only("pk", "code", "recent_clicks"))
    for piece in pieces:
        piece.recent_clicks = clicks[piece.code]
    ContentItem.objects.bulk_update(pieces, ["recent_clicks"], batch_size=BATCH)


def _add(totals: Totals, seen: list[Seen], orders: list[datetime]) -> None:
    for element, of_element in groupby(seen, key=lambda one: one.element):
        rows = list(of_element)
        for index, one in enumerate(rows):
            end = one.at + WINDOW
            if index + 1 < len(rows):
                end = min(end, rows[index + 1].at)
            numbers = totals[element, one.variant]
            numbers[0] += 1
            numbers[1] += any(one.at <= at < end for at in orders)


def _exposures_of(keys: list[int], as_of: datetime) -> dict[int, list[Seen]]:
    found: dict[int, list[Seen]] = defaultdict(list)
    stored = Exposure.objects.filter(customer__in=keys, at__lte=as_of)
    known: set[tuple[str, str]] = set()
    names = ("customer", "served_id", "element", "at", "variant", "holdout", "experiment")
    for customer, served_id, element, at, variant, holdout, experiment in stored.values_list(
        *names
    ):
        known.add((served_id, element))
        if not (holdout or experiment):
            found[customer].append(Seen(element, at, variant))
    told = BehaviorEvent.objects.filter(
        customer__in=keys, behavior_type=SHOWN, occurred_at__lte=as_of
    )
    for customer, at, data in told.values_list("customer", "occurred_at", "data"):
        element, variant = data.get("element"), data.get("variant")
        if not (isinstance(element, str) and isinstance(variant, str | None)):
            continue
        if (str(data.get("id")), element) not in known:
            found[customer].append(Seen(element[:64], at, (variant or "")[:64]))
    return found


def _customers() -> Iterator[list[int]]:
    """Yield the keys of customers who were shown something, some at a time."""
    rows: tuple[QuerySet[Any], ...] = (
        Exposure.objects.all(),
        BehaviorEvent.objects.filter(behavior_type=SHOWN),
    )
    after = 0
    while True:
        some = {
            key
            for one in rows
            for key in one.filter(customer__gt=after)
            .order_by("customer")
            .values_list("customer", flat=True)
            .distinct()[:BATCH]
        }
        keys = sorted(some)[:BATCH]
        if not keys:
            return
        yield keys
        after = keys[-1]
