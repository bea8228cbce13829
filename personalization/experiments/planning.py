"""What an experiment could show, computed from the shop's own visits of the last 12 weeks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from math import sqrt
from statistics import fmean, pstdev
from typing import Any

from django.conf import settings
from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from customers.models import Customer, Login, ProductView, Purpose
from customers.privacy.consent import refusing
from personalization.assignment import BUCKETS
from personalization.experiments.results.samples import RATES
from personalization.experiments.results.units import values_after
from personalization.experiments.results.verdict import FEWEST
from personalization.models import BehaviorEvent, Experiment, Exposure, Metric
from personalization.models.behavior.types import WEB
from predictions.statistics.paired_difference import Z
from predictions.statistics.sample_sizes import smallest_difference, smallest_rise
from segments.models import Membership

# How long an experiment may be planned to assign customers; the last is how far visits are read.
WEEKS = (2, 4, 8, 12)
WEEK = timedelta(weeks=1)
# The values of more visitors would hardly change the baseline.
MOST_SAMPLED = 5_000


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

    def likely_range(self, *, is_rate: bool) -> tuple[float, float]:
        """Return the 95 % interval of `mean`: Wilson's of a rate, else by the normal distribution.

        Raises ValueError without a mean.
        """
        if self.mean is None or self.deviation is None:
            raise ValueError("no mean")
        count = self.counted
        if not is_rate:
            half = Z * self.deviation / sqrt(count)
            return max(0.0, self.mean - half), self.mean + half
        middle = self.mean + Z**2 / (2 * count)
        half = Z * sqrt(self.mean * (1 - self.mean) / count + (Z / (2 * count)) ** 2)
        whole = 1 + Z**2 / count
        return max(0.0, middle - half) / whole, min(1.0, (middle + half) / whole)


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
    since, complete = as_of - WEEKS[-1] * WEEK, as_of - timedelta(days=experiment.window_days)
    everybody = _audience(segments)
    visits, of_place = _visits_of_place(experiment, everybody, since, as_of)
    customers = _without_refusing(everybody)
    if not (may_take_part := customers.filter(visits.between(since, as_of)).exists()):
        customers = everybody
    shown = BUCKETS - int(settings.HOLDOUT_BASIS_POINTS)
    visitors = {
        weeks: customers.filter(visits.between(as_of - weeks * WEEK, as_of)).count()
        * shown
        // BUCKETS
        for weeks in WEEKS
    }
    sample = _sample(customers, visits, since, complete)
    values = values_after(experiment, sample, as_of) if len(sample) >= FEWEST else []
    # Without any click, nobody knows how many will click on what was not shown yet.
    if not values or (experiment.primary_metric == Metric.CLICK_THROUGH_RATE and not any(values)):
        return Baseline(visitors, of_place, may_take_part, len(sample), None, None)
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


@dataclass(frozen=True)
class _Visits:
    """Rows about visits, each with the name of its time."""

    sources: Sequence[tuple[QuerySet[Any], str]]

    def between(self, since: datetime, until: datetime) -> Q:
        """Return that a customer came from `since` on and before `until`."""
        came = Q()
        for rows, at in self.sources:
            own = rows.filter(customer=OuterRef("pk"))
            came |= Q(Exists(own.filter(**{f"{at}__gte": since, f"{at}__lt": until})))
        return came

    def first(self, keys: Sequence[int], since: datetime) -> dict[int, datetime]:
        """Return the first visit since `since` of each of the customers `keys`."""
        found: dict[int, datetime] = {}
        for rows, at in self.sources:
            rows = rows.filter(**{"customer__in": keys, f"{at}__gte": since}).order_by()
            for key, first in (
                rows.values("customer").annotate(first=Min(at)).values_list("customer", "first")
            ):
                found[key] = min(found.get(key, first), first)
        return found


def _visits_of_place(
    experiment: Experiment, customers: QuerySet[Customer], since: datetime, as_of: datetime
) -> tuple[_Visits, bool]:
    """Return the visits of the experiment's place, or of the shop where the place has none."""
    if experiment.placement is not None:
        shown = _Visits([(Exposure.objects.filter(element=experiment.placement.code), "at")])
        if customers.filter(shown.between(since, as_of)).exists():
            return shown, True
    web = BehaviorEvent.objects.filter(channel=WEB)
    views, logins = ProductView.objects.all(), Login.objects.all()
    return _Visits([(views, "viewed_at"), (logins, "logged_in_at"), (web, "occurred_at")]), False


def _audience(segments: Sequence[str]) -> QuerySet[Customer]:
    """Return the active members of the segments; all active customers without segments."""
    customers = Customer.objects.filter(is_active=True)
    if segments:
        active = Membership.objects.filter(segment__code__in=segments, segment__is_active=True)
        customers = customers.filter(pk__in=active.values("customer"))
    return customers


def _without_refusing(customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """Return the customers who allow tracking and personalization."""
    for purpose in (Purpose.PERSONALIZATION, Purpose.TRACKING):
        customers = customers.exclude(refusing(purpose))
    return customers


def _sample(
    customers: QuerySet[Customer], visits: _Visits, since: datetime, complete: datetime
) -> list[tuple[int, datetime]]:
    """Return the key and the first visit of some customers whose window is over, spread evenly."""
    over = customers.filter(visits.between(since, complete)).order_by("pk")
    step = max(1, -(-over.count() // MOST_SAMPLED))
    keys = list(islice(over.values_list("pk", flat=True).iterator(), 0, None, step))
    return sorted(visits.first(keys, since).items())
