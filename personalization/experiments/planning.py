"""What an experiment could show, computed from the shop's own visits of the last 12 weeks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean, pstdev
from typing import Any

from django.conf import settings
from django.db.models import Max, Min, QuerySet

from customers.models import Login, ProductView, Purpose
from customers.privacy.consent import refusing
from personalization.assignment import BUCKETS
from personalization.experiments.results.samples import RATES
from personalization.experiments.results.units import values_after
from personalization.experiments.results.verdict import FEWEST
from personalization.models import BehaviorEvent, Experiment, Exposure
from personalization.models.behavior.types import WEB
from predictions.statistics.sample_sizes import smallest_difference, smallest_rise
from segments.models import Membership

# How long an experiment may be planned to assign customers; the last is how far visits are read.
WEEKS = (2, 4, 8, 12)
WEEK = timedelta(weeks=1)
# The values of more visitors would hardly change the baseline.
MOST_SAMPLED = 5_000

# The first and the last visit of each customer, by the customer's key.
Visits = Mapping[int, tuple[datetime, datetime]]


@dataclass(frozen=True)
class Baseline:
    """The visitors of the last 12 weeks, and the primary metric without the experiment.

    `visitors` are the customers who came within the last 2, 4, 8 and 12 weeks, by weeks, less the
    holdout group. `of_place`: they came to the experiment's placement; otherwise to any page of the
    shop. `may_take_part` is False where no visitor allows tracking and personalization: then all of
    them are counted. `mean` and `deviation` are of `counted` customers, over the window after their
    first visit; None where these are too few.
    """

    visitors: Mapping[int, int]
    of_place: bool
    may_take_part: bool
    counted: int
    mean: float | None
    deviation: float | None


@dataclass(frozen=True)
class Duration:
    """A number of weeks, the customers of each variant then, and the smallest difference found.

    `difference` is an absolute one of the primary metric, None where nothing would be found.
    """

    weeks: int
    size: int
    difference: float | None


def baseline_of(experiment: Experiment, segments: Sequence[str], as_of: datetime) -> Baseline:
    """Return the baseline of an experiment that need not be stored, as of an aware instant.

    `segments` are the codes of the audience; without any it is everybody.
    """
    visits, of_place = _visits(experiment, segments, as_of, allowed=True)
    may_take_part = bool(visits)
    if not visits:
        visits, of_place = _visits(experiment, segments, as_of, allowed=False)
    shown = BUCKETS - int(settings.HOLDOUT_BASIS_POINTS)
    visitors = {
        weeks: sum(last >= as_of - weeks * WEEK for _first, last in visits.values())
        * shown
        // BUCKETS
        for weeks in WEEKS
    }
    complete = as_of - timedelta(days=experiment.window_days)
    over = [(key, first) for key, (first, _last) in sorted(visits.items()) if first <= complete]
    sample = over[:: max(1, -(-len(over) // MOST_SAMPLED))]
    if len(sample) < FEWEST:
        return Baseline(visitors, of_place, may_take_part, len(sample), None, None)
    values = values_after(experiment, sample, as_of)
    return Baseline(visitors, of_place, may_take_part, len(sample), fmean(values), pstdev(values))


def durations_of(experiment: Experiment, baseline: Baseline, variants: int) -> list[Duration]:
    """Return what `variants` variants of equal weight, the control included, show by weeks.

    Each variant is compared with the control at the risk of a false alarm divided by the number of
    comparisons (Bonferroni), with a power of 80 per cent.
    """
    alpha = experiment.alpha / max(1, variants - 1)
    found = []
    for weeks, visitors in baseline.visitors.items():
        size = visitors * experiment.traffic // BUCKETS // variants
        found.append(Duration(weeks, size, _smallest(experiment, baseline, size, alpha)))
    return found


def _smallest(experiment: Experiment, baseline: Baseline, size: int, alpha: float) -> float | None:
    mean, deviation = baseline.mean, baseline.deviation
    if size < FEWEST or mean is None or deviation is None:
        return None
    if experiment.primary_metric in RATES:
        return smallest_rise(mean, size, alpha)
    return smallest_difference(deviation, size, alpha) if deviation else None


def _visits(
    experiment: Experiment, segments: Sequence[str], as_of: datetime, *, allowed: bool
) -> tuple[Visits, bool]:
    """Return the visits of the experiment's place, or of the shop where the place has none."""
    since = as_of - WEEKS[-1] * WEEK

    def ends(rows: QuerySet[Any], at: str) -> dict[int, tuple[datetime, datetime]]:
        rows = rows.filter(**{f"{at}__gte": since, f"{at}__lt": as_of, "customer__is_active": True})
        if segments:
            active = Membership.objects.filter(segment__code__in=segments, segment__is_active=True)
            rows = rows.filter(customer__in=active.values("customer"))
        if allowed:
            for purpose in (Purpose.PERSONALIZATION, Purpose.TRACKING):
                rows = rows.exclude(refusing(purpose, "customer"))
        found = rows.order_by().values("customer").annotate(first=Min(at), last=Max(at))
        return {
            key: (first, last)
            for key, first, last in found.values_list("customer", "first", "last")
        }

    if experiment.placement is not None:
        shown = Exposure.objects.filter(element=experiment.placement.code)
        if found := ends(shown, "at"):
            return found, True
    merged: dict[int, tuple[datetime, datetime]] = {}
    web = BehaviorEvent.objects.filter(channel=WEB)
    sources: tuple[tuple[QuerySet[Any], str], ...] = (
        (ProductView.objects.all(), "viewed_at"), (Login.objects.all(), "logged_in_at"),
        (web, "occurred_at"),
    )  # fmt: skip
    for rows, at in sources:
        for key, (first, last) in ends(rows, at).items():
            before = merged.get(key, (first, last))
            merged[key] = (min(before[0], first), max(before[1], last))
    return merged, False
