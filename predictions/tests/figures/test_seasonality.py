"""The seasonal index is what its words say, day by day, and looks at whole years only."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest

from customers.models import Order, Website
from predictions.figures.seasonality import NEEDS_TWO_YEARS, NO_SALES, seasonal_index
from predictions.history.batches import batches
from predictions.history.cohorts import CohortCounts
from predictions.history.population import population
from predictions.tests.plainly import Plain

ONE_DAY = timedelta(days=1)
AS_OF = datetime(2024, 3, 10, 12, tzinfo=UTC)


def seasonality(*, as_of):
    """Return the seasonal index of the population's sales as of an aware instant."""
    months = CohortCounts("month")
    for batch in batches(population(as_of), as_of):
        months.add(batch)
    return seasonal_index(months)


def plainly(as_of):
    """Return the index by month of the year, None where there are not two years: day by day."""
    plain = Plain(as_of)
    sold, days = Counter(), Counter()
    by_day = Counter()
    for one in plain.buyers:
        for order in plain.sales[one.pk]:
            by_day[plain.day(one, order.created_at)] += Fraction(order.grand_total)
    # The months that are over wherever there is a customer, the latest first.
    today = min(plain.clock(one).today for one in plain.people)
    end = today.replace(day=1)
    first = min(by_day).replace(day=1)
    months = sorted({(day.year, day.month) for day in _days(first, end)}, reverse=True)
    years = len(months) // 12
    if years < 2:
        return None
    wanted = set(months[: years * 12])
    for day in _days(first, end):
        if (day.year, day.month) in wanted:
            sold[day.month] += by_day[day]
            days[day.month] += 1
    mean = Fraction(sum(sold.values()), sum(days.values()))
    return [_rounded(Fraction(sold[month], days[month]) / mean) for month in range(1, 13)]


def _days(first, end):
    while first < end:
        yield first
        first += ONE_DAY


def _rounded(value):
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)


@pytest.fixture
def two_zones(db, make_customer):
    """Return four customers, two of them where it is tomorrow already."""
    apia = Website.objects.create(code="apia", name="Apia", timezone="Pacific/Apia")
    return [*map(make_customer, "AB"), *(make_customer(one, website=apia) for one in "CD")]


@pytest.mark.parametrize("seed", range(6))
def test_each_month_is_what_its_words_say(two_zones, make_order, seed):
    rng = random.Random(seed)
    # Between a little less than two years and a little more than three.
    first = AS_OF - timedelta(days=rng.randint(720, 1_180))
    for _number in range(60):
        at = first + (AS_OF + timedelta(days=40) - first) * rng.random()
        total = Decimal(rng.randint(0, 500_000)) / 100
        state = rng.choice(["complete", "complete", "new", "canceled", "closed"])
        make_order(rng.choice(two_zones), at, grand_total=total, state=state)
    make_order(two_zones[0], first)
    found = seasonality(as_of=AS_OF)
    assert (None if found.reason else list(found.indices)) == plainly(AS_OF)


def test_of_the_months_the_latest_whole_years_count(make_customer, make_order):
    customer = make_customer()
    for year, month in [(2021, 11), (2022, 2), (2023, 2), (2024, 2)]:
        make_order(customer, datetime(year, month, 15, tzinfo=UTC), grand_total=year - 2020)
    found = seasonality(as_of=AS_OF)
    # 28 months are complete: of them 24 are two years, which leave the first order out.
    assert (found.first, found.last, found.reason) == ("2022-03", "2024-02", None)
    days = 366 + 365
    expected = _rounded(Fraction(3 + 4, 28 + 29) / Fraction(3 + 4, days))
    assert list(found.indices) == [0, expected, *[0] * 10]


@pytest.mark.parametrize(
    ("month", "reason"), [(3, None), (4, NEEDS_TWO_YEARS)], ids=["24 months", "23 months"]
)
def test_below_two_years_there_is_none(make_customer, make_order, month, reason):
    make_order(make_customer(), datetime(2022, month, 20, tzinfo=UTC))
    found = seasonality(as_of=AS_OF)
    assert found.reason == reason
    assert (found.indices.count(None) == 12) == (reason is not None)
    assert (found.first is None) == (reason is not None)


def test_a_month_is_over_when_it_is_over_everywhere(two_zones, make_order):
    make_order(two_zones[0], datetime(2022, 1, 1, tzinfo=UTC))
    make_order(two_zones[0], datetime(2022, 2, 20, tzinfo=UTC))
    # In Apia it is the first of February.
    at = datetime(2024, 1, 31, 20, tzinfo=UTC)
    assert seasonality(as_of=at).last == "2023-12"
    assert seasonality(as_of=at + timedelta(hours=4)).last == "2024-01"


def test_without_sales_there_is_nothing_to_compare(make_customer, make_order):
    assert seasonality(as_of=AS_OF).reason == NEEDS_TWO_YEARS
    make_order(make_customer(), datetime(2021, 1, 20, tzinfo=UTC), grand_total=0)
    found = seasonality(as_of=AS_OF)
    assert (found.reason, found.indices.count(None)) == (NO_SALES, 12)
    Order.objects.update(grand_total=1)
    # The month of the only sale is not among the latest whole years.
    assert seasonality(as_of=AS_OF).reason == NO_SALES
    assert seasonality(as_of=datetime(2023, 1, 1, tzinfo=UTC)).reason is None
