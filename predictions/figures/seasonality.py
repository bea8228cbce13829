"""The seasonal index: how much is sold in each month of the year, beside the mean of all months."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from predictions.history.cohorts import CohortCounts, Period, month_label
from predictions.history.values import rounded
from predictions.models import PredictionModel
from predictions.season import index_of_json

CLV = "clv"

MONTHS = 12
# Two years: a single year does not tell the season from other causes.
FEWEST_MONTHS = 2 * MONTHS
NEEDS_TWO_YEARS, NO_SALES = "needs_two_years", "no_sales"
PLACES = 4


@dataclass(frozen=True)
class Seasonality:
    """An index for each month from January on, 1 for the mean, with 4 decimals.

    `first` and `last` are the months (`2010-12`) that it was made of. Where there is none all of
    that is None, and `reason` is the public code why.
    """

    indices: Sequence[Decimal | None]
    first: str | None = None
    last: str | None = None
    reason: str | None = None


def seasonal_index(months: CohortCounts) -> Seasonality:
    """Return the seasonal index of sales that were counted by months.

    A month is complete when it is over in every time zone of the shop, from that of the first sale
    on. The latest whole years of complete months count: the mean daily sales of a month of the
    year / the mean daily sales of all days (contract, section 2).
    """
    units, current = months.units(), months.current
    complete = current[0] - min(units) if units else 0
    if complete < FEWEST_MONTHS:
        return _none(NEEDS_TWO_YEARS)
    counted = range(current[0] - complete // MONTHS * MONTHS, current[0])
    mean = _daily(units, counted)
    if mean <= 0:
        return _none(NO_SALES)
    by_month = [[one for one in counted if one % MONTHS == month] for month in range(MONTHS)]
    return Seasonality(
        [rounded(_daily(units, same) / mean, PLACES) for same in by_month],
        month_label(counted[0]),
        month_label(counted[-1]),
    )


def _daily(units: Mapping[Period, int], months: Sequence[Period]) -> Fraction:
    """Return the mean sales of a day of `months`."""
    days = sum(monthrange(one // MONTHS, one % MONTHS + 1)[1] for one in months)
    return Fraction(sum(units.get(one, 0) for one in months), days)


def _none(reason: str) -> Seasonality:
    return Seasonality([None] * MONTHS, reason=reason)


def purchase_season() -> dict[int, float] | None:
    """Return the index of each month of the year, 1 to 12, of the deployed model of lifetime value.

    None without a deployed version, and where it has none: that needs 24 complete months.
    """
    model = PredictionModel.objects.filter(code=CLV).select_related("deployed").first()
    if model is None or model.deployed is None:
        return None
    found = model.deployed.fitted.get("season")
    return None if found is None else index_of_json(found)
