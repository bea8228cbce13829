"""The measured lift behind a conversion: of its experiment, else of its placement.

Never a number without an interval.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Exists, OuterRef, Q

from customers.models import NO_SALE_STATES, Order
from personalization.conversions.credits import ShownElement
from personalization.incremental_revenue.figures.lifts import FEWEST
from personalization.incremental_revenue.holdout_log import last_change
from personalization.models import IS_DEFAULT, Experiment, Exposure
from personalization.statistics import proportions

PERIOD = timedelta(days=30)
# The lift of a placement with so many customers is computed again after so many seconds.
LARGE, KEPT_SECONDS = 1_000, 600
Lift = Mapping[str, Any]


def measured_lift(shown: ShownElement, as_of: datetime) -> Lift | None:
    """Return `value`, `interval` and `basis` for the last exposure; None where nothing is known.

    `basis` is `experiment` (the lift of its primary metric, from the planned size on) or `holdout`
    (the difference of conversion rates of the last 30 days, both groups of at least 30 customers).
    """
    return _lift_of_experiment(shown) or _lift_of_placement(shown.placement, as_of)


def _lift_of_experiment(shown: ShownElement) -> Lift | None:
    if not shown.experiment:
        return None
    rows = Experiment.objects.filter(code=shown.experiment).values_list("lifts", flat=True)
    lifts: Mapping[str, Any] = rows.first() or {}
    found = lifts.get(shown.variant)
    if not found or found["interval"] is None:
        return None
    return {
        "value": found["difference"],
        "interval": list(found["interval"]),
        "basis": "experiment",
    }


def _lift_of_placement(placement: str, as_of: datetime) -> Lift | None:
    key = f"personalization.lift.{placement}"
    kept: Lift | None = cache.get(key)
    if kept is not None:
        return kept
    since = as_of - PERIOD
    changed = last_change(as_of)
    if changed is not None:
        since = max(since, changed)
    treated = _buyers(placement, ~IS_DEFAULT, since, as_of)
    held_out = _buyers(placement, ~Q(withheld=""), since, as_of)
    if min(treated[1], held_out[1]) < FEWEST:
        return None
    found = proportions(*held_out, *treated)
    if found.low is None or found.high is None:
        return None
    lift = {
        "value": found.difference,
        "interval": [found.low, found.high],
        "basis": "holdout",
    }
    if treated[1] >= LARGE:
        cache.set(key, lift, KEPT_SECONDS)
    return lift


def _buyers(placement: str, group: Q, since: datetime, until: datetime) -> tuple[int, int]:
    """Return how many customers of a group bought after an exposure, and how many there are."""
    rows = Exposure.objects.filter(group, element=placement, at__gte=since, at__lte=until)
    sales = Order.objects.filter(
        customer=OuterRef("customer"), created_at__gte=OuterRef("at"), created_at__lte=until
    ).exclude(state__in=NO_SALE_STATES)
    buyers = rows.filter(Exists(sales))
    bought, shown = (one.values("customer").distinct().count() for one in (buyers, rows))
    return bought, shown
