"""Outcomes of the customers of a bandit experiment, by batch and variant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import BooleanField, Case, Exists, OuterRef, Q, QuerySet, Value, When

from customers.models import NO_SALE_STATES, Order, Purpose
from customers.privacy.consent import refusing
from personalization.bandit import BatchSchedule
from personalization.experiments.assignment.channels import Clicks, channel_of
from personalization.experiments.results.units import clicks_on
from personalization.models import Assignment, BanditBatch, BehaviorEvent, Experiment, Reward
from personalization.statistics import Srm, srm

Table = list[list[int]]


@dataclass(frozen=True)
class Outcomes:
    """Counts by planned batch, each a list by variant.

    `assigned` counts everybody, including deleted customers; `units` those whose reward hours are
    over and who do not refuse personalization, and `successes` those of them with the rewarded
    behaviour.
    """

    assigned: Table
    units: Table
    successes: Table

    @property
    def pending(self) -> list[int]:
        """The assigned customers by variant who are not counted (yet)."""
        pairs = zip(totals(self.assigned), totals(self.units), strict=True)
        return [everybody - counted for everybody, counted in pairs]


def totals(table: Table) -> list[int]:
    """Return the sums over all batches, by variant."""
    return [sum(column) for column in zip(*table, strict=True)]


def schedule_of(experiment: Experiment) -> BatchSchedule:
    """Return the schedule of the batches of a started experiment; raises ValueError for a draft."""
    if experiment.started_at is None:
        raise ValueError(f"{experiment.code} has not begun")
    return BatchSchedule(experiment.started_at, experiment.batch_hours, experiment.planned_batches)


def allowed_rewards(variants: Any) -> list[Reward]:
    """Return the possible rewards of an experiment with `variants`, which depend on where these are
    shown.
    """
    channel = channel_of(variants)
    if channel is None:
        return [Reward.CLICK, Reward.CONVERSION]
    return [Reward.CLICK] if channel.opens is None else [Reward.OPEN, Reward.CLICK]


def outcomes_of(experiment: Experiment, as_of: datetime) -> Outcomes:
    """Return the outcomes, as of an aware instant, of customers first exposed in planned batches.

    A customer belongs to the batch of the first exposure. The assignment of an erased
    customer keeps its day and its batch.
    """
    schedule = schedule_of(experiment)
    places = {one["code"]: place for place, one in enumerate(experiment.variants)}
    found = Outcomes(*(_zeros(schedule.planned, len(places)) for _table in range(3)))
    window = timedelta(hours=experiment.reward_hours)
    is_out = Q(customer=None) | Q(refusing(Purpose.PERSONALIZATION, "customer"))
    rows = Assignment.objects.filter(
        experiment=experiment, assigned_at__lte=as_of, assigned_at__lt=schedule.end
    ).annotate(
        is_out=Case(When(is_out, then=Value(True)), default=Value(False)),
        has_succeeded=_successes(experiment, window, as_of),
    )
    columns = rows.order_by().values_list("variant", "assigned_at", "is_out", "has_succeeded")
    for variant, at, is_left_out, has_succeeded in columns.iterator():
        batch, place = schedule.number_at(at), places[variant]
        found.assigned[batch][place] += 1
        if not is_left_out and at + window <= as_of:
            found.units[batch][place] += 1
            found.successes[batch][place] += bool(has_succeeded)
    return found


def _zeros(batches: int, variants: int) -> Table:
    return [[0] * variants for _batch in range(batches)]


def _successes(experiment: Experiment, window: timedelta, as_of: datetime) -> Any:
    """Return the SQL expression of whether an assignment's customer had a success in the window.

    The window begins with the first exposure; its end is not included.
    """
    rows: QuerySet[Any]
    if experiment.reward == Reward.CONVERSION:
        sales = Order.objects.exclude(state__in=NO_SALE_STATES)
        rows = sales.filter(**_during("created_at", window, as_of))
    else:
        wanted = _wanted(experiment)
        if wanted is None:
            return Value(False, BooleanField())
        data = {f"data__{name}": value for name, value in wanted.data.items()}
        rows = BehaviorEvent.objects.filter(
            behavior_type=wanted.behavior_type, **data, **_during("occurred_at", window, as_of)
        )
    return Exists(rows.filter(customer=OuterRef("customer")))


def _wanted(experiment: Experiment) -> Clicks | None:
    """Return the rewarded behaviour; None if nothing reports one."""
    if experiment.reward == Reward.CLICK:
        return clicks_on(experiment)
    channel = channel_of(experiment.variants)
    return channel.opens(experiment) if channel is not None and channel.opens else None


def _during(column: str, window: timedelta, as_of: datetime) -> Mapping[str, Any]:
    begin = OuterRef("assigned_at")
    return {f"{column}__gte": begin, f"{column}__lt": begin + window, f"{column}__lte": as_of}


def split_of(outcomes: Outcomes, batches: Sequence[BanditBatch]) -> Srm:
    """Return the sample ratio test of all assigned customers against the weights of their batches.

    A variant's expected number is the sum over batches of the batch's customers times its weight.
    """
    counts = outcomes.assigned[: len(batches)]
    rows = [
        [sum(one) * weight for weight in batch.weights]
        for one, batch in zip(counts, batches, strict=False)
    ]
    expected = totals(rows) if rows else []
    if not any(expected):
        return srm([0] * len(outcomes.pending), [1] * len(outcomes.pending))
    return srm(totals(counts), expected)
