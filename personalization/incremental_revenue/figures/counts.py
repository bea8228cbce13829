"""Exposures and clicks in a period, and the sales of clicked recommendations."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, Count, F, Min, QuerySet, Sum, TextField, Value, When

from core.database.fields import to_units
from customers.models import OrderItem
from personalization.behavior.touches import text_in
from personalization.incremental_revenue.comparison.cells import OF_BEHAVIOR, Classes
from personalization.incremental_revenue.comparison.groups import TOGETHER
from personalization.incremental_revenue.comparison.outcomes import MOST_CELLS, WHOLE
from personalization.incremental_revenue.question import Question
from personalization.models import IS_DEFAULT, BehaviorEvent, Exposure, ExposureCount
from predictions.history.population import existing, sales

CLICKED, RECOMMENDED = "experience_clicked", "recommendation_clicked"
# The time after a click within which an order counts.
WINDOW = timedelta(days=7)
WEB, EMAIL = "web", "email"
OF_EXPOSURE: Mapping[str, Any] = {
    "channel": Case(
        When(page_type=EMAIL, then=Value(EMAIL)), default=Value(WEB), output_field=TextField()
    ),
    "device_type": F("device"),
    "traffic_source": F("traffic_source"),
    "placement": F("element"),
}
OF_CLICK: Mapping[str, Any] = {**OF_BEHAVIOR, "placement": text_in("data", "element")}


@dataclass(frozen=True)
class Counted:
    """How many there are, and of how many customers."""

    count: int
    customers: int


def exposures(question: Question) -> QuerySet[Exposure]:
    """Return the exposures other than defaults."""
    return in_period(Exposure, "at", question).exclude(IS_DEFAULT)


def first_exposure_at(question: Question) -> datetime | None:
    """Return when a known customer was first shown something that was no default; None: never."""
    first: datetime | None = exposures(question).aggregate(first=Min("at"))["first"]
    return first


def defaults(question: Question) -> QuerySet[Exposure]:
    """Return the exposures of defaults, including those of the holdout group."""
    return in_period(Exposure, "at", question).filter(IS_DEFAULT)


def clicks(question: Question) -> QuerySet[BehaviorEvent]:
    """Return the clicks on what was shown."""
    return in_period(BehaviorEvent, "occurred_at", question).filter(behavior_type=CLICKED)


def in_period(model: type[Any], time: str, question: Question) -> QuerySet[Any]:
    """Return the rows of the period that exist, by their column `time`."""
    within = {
        f"{time}__gte": question.since,
        f"{time}__lt": question.until,
        f"{time}__lte": question.as_of,
    }
    found: QuerySet[Any] = model._default_manager.filter(**within)
    return found


def count_rows_and_customers(rows: QuerySet[Any]) -> Counted:
    """Return how many there are."""
    found = rows.aggregate(count=Count("pk"), customers=Count("customer", distinct=True))
    return Counted(**found)


def by_column(rows: QuerySet[Any], column: Any) -> Mapping[str, Counted]:
    """Return how many there are of each value of a column; of the most frequent ones only."""
    named = rows.order_by().annotate(cell=column).exclude(cell=None).exclude(cell="")
    found = named.values("cell").annotate(
        count=Count("pk"), people=Count("customer", distinct=True)
    )
    largest = found.order_by("-count", "cell")[:MOST_CELLS]
    return {cell: Counted(*more) for cell, *more in largest.values_list("cell", "count", "people")}


def by_class(rows: QuerySet[Any], classes: Classes) -> Mapping[str, Counted]:
    """Return how many there are of the customers of each cell."""
    numbers: dict[str, list[int]] = {}
    for some in _of_customers(rows):
        cells = classes(dict.fromkeys(some, False))
        for key, number in some.items():
            for cell in cells.get(key, ()):
                if cell in numbers or len(numbers) < MOST_CELLS:
                    found = numbers.setdefault(cell, [0, 0])
                    found[0] += number
                    found[1] += 1
    return {cell: Counted(*found) for cell, found in numbers.items()}


def count_untracked(question: Question, *, late: bool = False) -> int:
    """Return how often something was shown to who is not tracked, on days (UTC) of the period.

    With `late` instead how often anything was not ready in time.
    """
    rows = counters(question)
    return int(rows.aggregate(all=Sum("deadlines" if late else "shown"))["all"] or 0)


def has_exposures(question: Question) -> bool:
    """Return whether a placement has shown anybody anything but its default in the period."""
    untracked_rows = counters(question).filter(shown__gt=0).exclude(variant="")
    return exposures(question).exists() or untracked_rows.exists()


def counters(question: Question) -> QuerySet[ExposureCount]:
    """Return the counters of the days (UTC) of the period."""
    first, last = question.since.date(), _last_day(min(question.until, question.as_of))
    return ExposureCount.objects.filter(day__gte=first, day__lte=last)


def recommended_revenue(
    question: Question, classes: Classes | None
) -> Mapping[str | None, Counted]:
    """Return the revenue of clicked recommendations, in units of 1/10,000, and how many customers
    paid it.

    For all customers (`WHOLE`) and for each cell. The revenue is that of top-level lines, less
    their discount, in sales of the period whose SKU the customer clicked at most `WINDOW` before
    the order.
    """
    totals: dict[str | None, list[int]] = {WHOLE: [0, 0]}
    for paid in _clicked_sales(question):
        cells = classes(dict.fromkeys(paid, False)) if classes else {}
        for key, units in paid.items():
            for cell in (WHOLE, *cells.get(key, ())):
                if cell in totals or len(totals) <= MOST_CELLS:
                    found = totals.setdefault(cell, [0, 0])
                    found[0] += units
                    found[1] += 1
    return {cell: Counted(*found) for cell, found in totals.items()}


def _clicked_sales(question: Question) -> Iterator[Mapping[int, int]]:
    """Yield what each customer paid for what they had clicked, in units; some at a time."""
    clicked = BehaviorEvent.objects.filter(
        behavior_type=RECOMMENDED,
        occurred_at__gte=question.since - WINDOW,
        occurred_at__lt=question.until,
        occurred_at__lte=question.as_of,
    ).exclude(sku_folded="")
    for some in _of_customers(clicked):
        times: dict[tuple[int, str], list[datetime]] = defaultdict(list)
        rows = clicked.filter(customer__in=list(some))
        for key, sku, at in rows.values_list("customer", "sku_folded", "occurred_at"):
            times[key, sku].append(at)
        totals: dict[int, int] = {}
        for key, sku, at, units in _lines(list(some), question):
            if any(timedelta() <= at - click <= WINDOW for click in times.get((key, sku), ())):
                totals[key] = totals.get(key, 0) + units
        yield totals


def _lines(
    customers: Collection[int], question: Question
) -> Iterator[tuple[int, str, datetime, int]]:
    orders = sales(question.as_of).filter(
        customer__in=customers, created_at__gte=question.since, created_at__lt=question.until
    )
    rows = existing(OrderItem, question.as_of).filter(order__in=orders, parent=None)
    names = ("order__customer", "sku_folded", "order__created_at", "row_total", "discount_amount")
    for key, sku, at, total, discount in rows.values_list(*names):
        yield key, sku, at, to_units(total or 0) - to_units(discount or 0)


def _of_customers(rows: QuerySet[Any]) -> Iterator[Mapping[int, int]]:
    """Yield how many rows each customer has, by key, some customers at a time."""
    numbers = rows.order_by().values("customer").annotate(number=Count("pk")).order_by("customer")
    after = 0
    while found := dict(
        numbers.filter(customer__gt=after).values_list("customer", "number")[:TOGETHER]
    ):
        yield found
        after = max(found)


def _last_day(until: datetime) -> date:
    return (until - timedelta(microseconds=1)).date()
