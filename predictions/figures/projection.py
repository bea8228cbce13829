"""The projected sales of current buyers in the coming months, with a range from back-tests.

For each buyer, the deployed fits of lifetime value give the expected number of purchases per month
and the expected value of a purchase. Their sum is multiplied by the month's seasonal index, if
known. Future new customers are not included, and no margin or discount is applied. Back-tests
repeat the projection as of earlier months, with fits to the data up to then, and compare the result
with the actual sales to these buyers; the largest error is the range.
"""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import numpy as np

from conditions.language.windows import local_date, start_of_day
from core.database.fields import UNITS_PER_ONE, to_units
from predictions.features.shop import NOBODY
from predictions.features.subjects import Subjects
from predictions.figures.seasonality import MONTHS, seasonal_index
from predictions.history.batches import batches
from predictions.history.cohorts import CohortCounts, Period, month_label
from predictions.history.columns import Floats, Whole, concatenate
from predictions.history.population import population
from predictions.history.values import rounded
from predictions.kinds.clv.declaration import FEWEST_REPEAT_BUYERS
from predictions.kinds.clv.fit import ClvScorer
from predictions.kinds.clv.season import PurchaseSeason
from predictions.statistics.bg_nbd import Family, NbdFit, expected_purchases, fit
from predictions.statistics.gamma_gamma import SpendFit, expected_value, fit_spend
from segments.models import Segment

# The fewest back-tests for a range, and how many back-tests are made, the latest ones.
FEWEST_TESTS, MOST_TESTS = 3, 5
TICK = timedelta(microseconds=1)
PLACES = 4


@dataclass(frozen=True)
class Month:
    """A month (`2026-12`), its expected sales in units, and its seasonal index."""

    label: str
    units: int
    index: Decimal | None


@dataclass(frozen=True)
class BackTest:
    """The forecast and the actual sales, in units, of the months `first` to `last` together."""

    first: str
    last: str
    forecast: int
    actual: int

    @property
    def error(self) -> Fraction:
        """The absolute error of the forecast, relative to the actual sales."""
        return Fraction(abs(self.forecast - self.actual), self.actual)


@dataclass(frozen=True)
class Projection:
    """A projection: the number of current buyers, the months, and back-tests, the latest first."""

    buyers: int
    months: Sequence[Month]
    tests: Sequence[BackTest]

    @property
    def error(self) -> Fraction | None:
        """The largest error of the back-tests; None below three back-tests."""
        if len(self.tests) < FEWEST_TESTS:
            return None
        return max(one.error for one in self.tests)

    def ends(self, units: int) -> tuple[int, int] | None:
        """Return the range of an amount: units x (1 - error) and units x (1 + error).

        None without an error.
        """
        error = self.error
        if error is None:
            return None
        low, high = (rounded(units * (1 + sign * error), 0) for sign in (-1, 1))
        return int(low), int(high)


@dataclass(frozen=True, eq=False)
class _Buyers:
    """The buyers as of a moment, the seasonal indices known then, and later sales.

    `histories` (buyers, 4) are x, t_x, T in days, and the ordinal number of the buyer's current
    day. `repeats` are each buyer's sales on all purchase days but the first, in units; `later` is
    the sum of all buyers' sales after the moment, in units.
    """

    histories: Whole | Floats
    repeats: Whole
    indices: Sequence[Decimal | None]
    later: int

    def in_time_of(self, season: PurchaseSeason) -> "_Buyers":
        """Return the buyers with x, t_x, T adjusted for a season."""
        if season.index is None:
            return self
        todays = self.histories[:, 3].astype(np.int64)
        own = season.histories(self.histories[:, :3].astype(np.float64), todays)
        return replace(self, histories=np.column_stack([own, todays]))

    @property
    def repeat_buyers(self) -> int:
        """The number of buyers who bought on more than one day."""
        return int((self.histories[:, 0] >= 1).sum())

    def fits(self, family: Family) -> tuple[NbdFit, SpendFit]:
        """Return the fits of the buyers, with the method of a training."""
        x, t_x, age, _today = self.histories.T
        means = self.repeats / (np.maximum(x, 1) * float(UNITS_PER_ONE))
        return fit(family, x, t_x, age), fit_spend(x, means)


def project_sales(
    scorer: ClvScorer, as_of: datetime, months: int, zone: str, segment: Segment | None = None
) -> Projection:
    """Return the projection of a number of months, beginning with the month after `as_of` (aware).

    Months are in the time zone `zone`. `segment` limits the buyers to its stored members.
    """
    this = _month_of(local_date(as_of, zone))
    buyers = _buyers(as_of, as_of, segment)
    tests = list(_tests(scorer.nbd.family, this, months, zone, segment))
    # The fit works in time adjusted for the season; the sales index adds the season again.
    coming = _forecast(
        buyers.in_time_of(scorer.season),
        scorer.nbd,
        scorer.spend,
        range(this + 1, this + 1 + months),
    )
    return Projection(len(buyers.histories), coming, tests)


def _tests(
    family: Family, this: Period, months: int, zone: str, segment: Segment | None
) -> Iterator[BackTest]:
    """Yield back-tests of `months` months each, from the months before `this` backwards."""
    for number in range(1, MOST_TESTS + 1):
        tested = range(this - number * months, this - (number - 1) * months)
        ends = [_end_of(one, zone) for one in (tested[0] - 1, tested[-1])]
        buyers = _buyers(ends[0], ends[1], segment)
        if buyers.repeat_buyers < FEWEST_REPEAT_BUYERS:
            return  # Earlier there were even fewer repeat buyers.
        forecast = sum(one.units for one in _forecast(buyers, *buyers.fits(family), tested))
        # A relative error needs actual sales above 0.
        if buyers.later > 0:
            yield BackTest(month_label(tested[0]), month_label(tested[-1]), forecast, buyers.later)


def _buyers(as_of: datetime, until: datetime, segment: Segment | None) -> _Buyers:
    """Read the buyers as of an instant, and their sales after that instant up to `until`."""
    histories, repeats = [np.zeros((0, 4), dtype=np.int64)], list[Whole]()
    by_month, later = CohortCounts("month"), 0
    for batch in batches(population(as_of, segment), as_of):
        by_month.add(batch)
        them = Subjects(batch, NOBODY)
        sales, chosen = them.sales, them.buyers
        t_x, age = sales.last_days - sales.first_days, them.todays - sales.first_days
        # Where clocks went back, the current day may be before the day of the last sale.
        found = np.column_stack([sales.purchase_days - 1, t_x, np.maximum(age, t_x), them.todays])
        histories.append(found[chosen])
        on_first = sales.days == sales.first_days[sales.owners]
        repeats.append((sales.totals - sales.total_of(on_first))[chosen])
        if until > as_of:
            later += int(batch.sales_until(until).totals[chosen].sum())
    indices = seasonal_index(by_month).indices if by_month.current else [None] * MONTHS
    return _Buyers(np.concatenate(histories), concatenate(repeats), indices, later)


def _forecast(
    buyers: _Buyers, nbd: NbdFit, spend: SpendFit, months: Sequence[Period]
) -> list[Month]:
    """Return the expected sales of consecutive months."""
    groups, worth = _alike(buyers, spend)
    ends = [_last_day(one).toordinal() for one in (months[0] - 1, *months)]
    up_to = [float((_orders(nbd, groups, day) * worth).sum()) for day in ends]
    found = []
    for month, (before, after) in zip(months, pairwise(up_to), strict=True):
        index = buyers.indices[month % MONTHS]
        exact = Fraction(after - before) * (1 if index is None else Fraction(index))
        found.append(Month(month_label(month), to_units(rounded(exact, PLACES)), index))
    return found


def _alike(buyers: _Buyers, spend: SpendFit) -> tuple[Whole | Floats, Floats]:
    """Return the distinct histories, and the sum of their buyers' expected values of a purchase.

    An expected value is linear in the buyer's sales, p (v + sales) / (p x + q - 1). The sales are
    summed as whole numbers, so that the result does not depend on the order of customers.
    """
    groups, place = np.unique(buyers.histories, axis=0, return_inverse=True)
    # Buyers without a positive mean value get the population mean (`expected_value`).
    counts = (buyers.histories[:, 0] >= 1) & (buyers.repeats > 0)
    customers, spent = np.zeros((2, len(groups)), dtype=np.int64)
    np.add.at(customers, place[counts], 1)
    np.add.at(spent, place[counts], buyers.repeats[counts])
    others = np.bincount(place, minlength=len(groups)) - customers
    x = groups[:, 0]
    means = spent / (np.maximum(customers * x, 1) * float(UNITS_PER_ONE))
    worth = customers * expected_value(spend, x, means)
    return groups, worth + others * expected_value(spend, x, np.zeros(len(groups)))


def _orders(nbd: NbdFit, groups: Whole | Floats, day: int) -> Floats:
    """Return the expected purchases of a buyer with each history up to the end of a day."""
    found = np.zeros(len(groups))
    todays = groups[:, 3]
    for today in np.unique(todays).tolist():
        of_today = todays == today
        x, t_x, age, _today = groups[of_today].T
        found[of_today] = expected_purchases(nbd, max(day - today, 0), x, t_x, age)
    return found


def _month_of(day: date) -> Period:
    return day.year * MONTHS + day.month - 1


def _last_day(month: Period) -> date:
    year, number = month // MONTHS, month % MONTHS + 1
    return date(year, number, monthrange(year, number)[1])


def _end_of(month: Period, zone: str) -> datetime:
    """Return the last instant of a month in a time zone."""
    begins = start_of_day(_last_day(month) + timedelta(days=1), zone)
    assert begins is not None
    return begins - TICK
