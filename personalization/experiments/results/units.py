"""The customers of an experiment, and the outcome of each in their window.

A unit is a customer with an assigned variant, which is stored with their first exposure. The window
begins at that instant, is `window_days` long, and excludes its end. In a channel of another app, it
begins when that app showed them the variant. Activity before the window only counts as the
covariate of CUPED: the same metric over the 90 days before.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from django.db.models import Count, Q, QuerySet

from core.database.fields import from_units, to_units
from customers.models import NO_SALE_STATES, Order, Purpose, Refund
from customers.privacy.consent import refusing
from personalization.experiences.serving.choosing import Why
from personalization.experiments.assignment.channels import Clicks, channel_of
from personalization.experiments.assignment.variants import by_algorithm
from personalization.models import Assignment, BehaviorEvent, Experiment, Exposure, Metric

BATCH = 1_000
BEFORE = timedelta(days=90)
CLICKED, RECOMMENDATION_CLICKED = "experience_clicked", "recommendation_clicked"


@dataclass(frozen=True)
class Unit:
    """A customer of an experiment: variant, segments at the assignment, and whether the window is
    over.

    `values` and `before` are by metric, the latter over the 90 days before; 0 or 1 for rates.
    """

    variant: str
    segments: Collection[str]
    is_over: bool
    values: Mapping[str, float]
    before: Mapping[str, float]


# The amounts of a metric by a customer, each with its time.
Done = Mapping[int, Sequence[tuple[datetime, float]]]


def counts_of(experiment: Experiment, as_of: datetime) -> dict[str, int]:
    """Return the number of assignments by variant until an aware instant, including deleted
    customers.
    """
    rows = Assignment.objects.filter(experiment=experiment, assigned_at__lte=as_of)
    return _by_variant(experiment, rows)


def unit_counts_of(experiment: Experiment, as_of: datetime) -> dict[str, int]:
    """Return the number of assignments by variant until an aware instant, of units only."""
    return _by_variant(experiment, unit_assignments(experiment, as_of))


def unit_assignments(experiment: Experiment, as_of: datetime) -> QuerySet[Assignment]:
    """Return the assignments until an aware instant whose customers count in the results.

    Leaves out deleted customers, without any known data, and customers who refuse personalization.
    """
    rows = Assignment.objects.filter(
        experiment=experiment, assigned_at__lte=as_of, customer__isnull=False
    )
    return rows.exclude(refusing(Purpose.PERSONALIZATION, "customer"))


def _by_variant(experiment: Experiment, rows: QuerySet[Assignment]) -> dict[str, int]:
    counts = dict(rows.order_by().values_list("variant").annotate(n=Count("pk")))
    return {one["code"]: counts.get(one["code"], 0) for one in experiment.variants}


def late_answers(experiment: Experiment) -> int:
    """Return how often participants were shown the default because the variant was not ready in
    time.
    """
    rows = Exposure.objects.filter(experiment=experiment.code, why=Why.DEADLINE.value)
    return rows.count() if experiment.placement else 0


def units_of(experiment: Experiment, as_of: datetime) -> Iterator[Unit]:
    """Yield the units with their outcomes up to `as_of` (aware), reading them in batches."""
    rows = unit_assignments(experiment, as_of)
    found = rows.order_by("pk").values_list("customer", "variant", "assigned_at", "segments")
    window = timedelta(days=experiment.window_days)
    metrics = (experiment.primary_metric, *experiment.metrics)
    rows_left = found.iterator(chunk_size=BATCH)
    while some := list(islice(rows_left, BATCH)):
        keys = [customer for customer, *_rest in some]
        first = min(at for _customer, _variant, at, _segments in some) - BEFORE
        done = {name: _DONE[name](experiment, keys, first, as_of) for name in metrics}
        for customer, variant, at, segments in some:
            end = at + window
            yield Unit(
                variant,
                segments,
                end <= as_of,
                {name: _metric_of_period(done[name][customer], at, end, name) for name in metrics},
                {
                    name: _metric_of_period(done[name][customer], at - BEFORE, at, name)
                    for name in metrics
                },
            )


def values_after(
    experiment: Experiment, visits: Sequence[tuple[int, datetime]], as_of: datetime
) -> list[float]:
    """Return the primary metric of each visit (key of a customer, aware instant) over the window.

    Visits whose window ends after `as_of` (aware) have incomplete values.
    """
    window, metric = timedelta(days=experiment.window_days), experiment.primary_metric
    found: list[float] = []
    for begin in range(0, len(visits), BATCH):
        some = visits[begin : begin + BATCH]
        keys, first = [customer for customer, _at in some], min(at for _customer, at in some)
        done = _DONE[metric](experiment, keys, first, as_of)
        found += (_metric_of_period(done[one], at, at + window, metric) for one, at in some)
    return found


def _metric_of_period(
    done: Sequence[tuple[datetime, float]], first: datetime, end: datetime, metric: str
) -> float:
    amounts = [amount for at, amount in done if first <= at < end]
    if metric in (Metric.CONVERSION_RATE, Metric.CLICK_THROUGH_RATE):
        return float(bool(amounts))
    return sum(amounts)


def _orders(
    experiment: Experiment,
    keys: Collection[int],
    first: datetime,
    as_of: datetime,
    *,
    money: bool = False,
) -> Done:
    """Return the sales of customers, as 1 each, or as their amounts less refunds."""
    rows = Order.objects.filter(customer__in=keys, created_at__gte=first, created_at__lte=as_of)
    rows = rows.exclude(state__in=NO_SALE_STATES)
    found = list(rows.values_list("pk", "customer", "created_at", "grand_total"))
    refunded: Counter[int] = Counter()
    if money:
        of_these = Q(order__in=rows.values("pk"), created_at__lte=as_of)
        for order, amount in Refund.objects.filter(of_these).values_list("order", "amount"):
            refunded[order] += to_units(amount)
    done = defaultdict(list)
    for pk, customer, at, total in found:
        amount = float(from_units(to_units(total) - refunded[pk])) if money else 1.0
        done[customer].append((at, amount))
    return done


def _clicks(
    experiment: Experiment, keys: Collection[int], first: datetime, as_of: datetime
) -> Done:
    """Return the clicks of customers on the content of the experiment."""
    done: dict[int, list[tuple[datetime, float]]] = defaultdict(list)
    wanted = clicks_on(experiment)
    if wanted is None:
        return done
    rows = BehaviorEvent.objects.filter(
        behavior_type=wanted.behavior_type,
        customer__in=keys,
        occurred_at__gte=first,
        occurred_at__lte=as_of,
    )
    for customer, at, data in rows.values_list("customer", "occurred_at", "data"):
        if all(data.get(name) == value for name, value in wanted.data.items()):
            done[customer].append((at, 1.0))
    return done


def clicks_on(experiment: Experiment) -> Clicks | None:
    """Return what counts as a click: on the placement, as the channel defines, or on
    recommendations.

    None if there is nothing to click on, or if the app of the channel is not installed.
    """
    if experiment.placement is not None:
        return Clicks(CLICKED, {"element": experiment.placement.code})
    channel = channel_of(experiment.variants)
    if channel is not None:
        return channel.clicks(experiment)
    return Clicks(RECOMMENDATION_CLICKED, {}) if by_algorithm(experiment) else None


_DONE: Mapping[str, Callable[[Experiment, Collection[int], datetime, datetime], Done]] = {
    Metric.CONVERSION_RATE.value: _orders,
    Metric.ORDERS_PER_VISITOR.value: _orders,
    Metric.REVENUE_PER_VISITOR.value: partial(_orders, money=True),
    Metric.CLICK_THROUGH_RATE.value: _clicks,
}
