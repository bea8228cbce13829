"""The lifts of the treated over the holdout group, and the incremental revenue, as JSON."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from core.database.fields import UNITS_PER_ONE
from personalization.incremental_revenue.comparison.outcomes import Beside
from personalization.statistics import proportions
from predictions.history.values import rounded
from predictions.statistics.welch import Sample, welch_interval

Data = dict[str, Any]
# The fewest customers in a group: for the figures of a cell, and for incremental revenue.
FEWEST_IN_CELL, FEWEST = 10, 30
MONEY_PLACES, RATE_PLACES = 4, 6
TOO_FEW, NO_VARIANCE = "too_few", "no_variance"


def revenue_lift(beside: Beside) -> Data | None:
    """Return the lift of the revenue per customer."""
    return _of_means(beside.treated.revenue, beside.held_out.revenue)


def engagement_lift(beside: Beside) -> Data | None:
    """Return by how many points the engagement of the treated is higher."""
    return _of_means(beside.treated.engagement, beside.held_out.engagement)


def conversion_lift(beside: Beside) -> Data | None:
    """Return by how much larger a part of them has bought."""
    treated, held_out = beside.treated.buyers, beside.held_out.buyers
    if min(treated.count, held_out.count) < FEWEST_IN_CELL:
        return None
    found = proportions(held_out.sum, held_out.count, treated.sum, treated.count)
    interval = None
    if found.low is not None and found.high is not None:
        interval = [_rate(Fraction(found.low)), _rate(Fraction(found.high))]
    return {
        "treated": _rate(treated.mean),
        "holdout": _rate(held_out.mean),
        "difference": _rate(treated.mean - held_out.mean),
        "interval": interval,
        "units": {"treated": treated.count, "holdout": held_out.count},
    }


def incremental_revenue(beside: Beside, basis: str) -> Data:
    """Return (mean of the treated - mean of the hold-out) x treated, with Welch's interval x those.

    Null below 30 customers in a group: `reason` is `too_few` then, and `no_variance` where there is
    no interval, since the customers of a group do not differ.
    """
    treated, held_out = beside.treated.revenue, beside.held_out.revenue
    found: Data = {
        "value": None,
        "interval": None,
        "treated": _group(treated),
        "holdout": _group(held_out),
        "basis": basis,
        "reason": TOO_FEW,
        "distinguishable": None,
        "sentence": _("There are too few customers in a group to say anything."),
    }
    if beside.fewest < FEWEST:
        return found
    found["value"] = money(_incremental(beside))
    ends = welch_interval(treated, held_out)
    if ends is None:
        text = _("Nobody differs from the others of a group: how sure this is cannot be said.")
        return found | {"reason": NO_VARIANCE, "sentence": text}
    low, high = (Fraction(end) * treated.count for end in ends)
    return found | {
        "interval": [money(low), money(high)],
        "reason": None,
        "distinguishable": not low <= 0 <= high,
        "sentence": _conclusion(low, high),
    }


def roi(beside: Beside, cost: Decimal | None) -> str | None:
    """Return (incremental margin - cost) / cost; None without cost, margin or enough customers."""
    if not cost or settings.PREDICTIONS_MARGIN == 1 or beside.fewest < FEWEST:
        return None
    brought = _incremental(beside) / UNITS_PER_ONE * Fraction(str(settings.PREDICTIONS_MARGIN))
    return f"{rounded((brought - Fraction(cost)) / Fraction(cost), MONEY_PLACES):f}"


def money(units: Fraction) -> str:
    """Return an amount in units as text."""
    return f"{rounded(units / UNITS_PER_ONE, MONEY_PLACES):f}"


def _incremental(beside: Beside) -> Fraction:
    treated, held_out = beside.treated.revenue, beside.held_out.revenue
    return (treated.mean - held_out.mean) * treated.count


def _conclusion(low: Fraction, high: Fraction) -> str:
    if low > 0:
        return _("The test group has brought more than it would have brought otherwise.")
    if high < 0:
        return _("The test group has brought less than it would have brought otherwise.")
    return _("This is not distinguishable from nothing.")


def _of_means(treated: Sample, held_out: Sample) -> Data | None:
    if min(treated.count, held_out.count) < FEWEST_IN_CELL:
        return None
    ends = welch_interval(treated, held_out)
    return {
        "treated": money(treated.mean),
        "holdout": money(held_out.mean),
        "difference": money(treated.mean - held_out.mean),
        "interval": None if ends is None else [money(Fraction(end)) for end in ends],
        "units": {"treated": treated.count, "holdout": held_out.count},
    }


def _group(sample: Sample) -> Data:
    is_shown = sample.count >= FEWEST_IN_CELL
    return {"n": sample.count, "mean": money(sample.mean) if is_shown else None}


def _rate(value: Fraction) -> str:
    return f"{rounded(value, RATE_PLACES):f}"
