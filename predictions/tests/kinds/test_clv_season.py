"""Lifetime value in season time: a simulated shop whose customers buy before Christmas."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from customers.models import Customer, CustomerGroup, Order, Store
from predictions.figures.seasonality import purchase_season
from predictions.lifecycle.train import train
from predictions.registry import deploy
from predictions.scoring.on_demand import forecasts_of, intervals_of
from predictions.scoring.runs import score
from predictions.season import clocks
from predictions.tests.figures.test_seasonality import seasonality
from tests.lazy import LazyModule

intervals = LazyModule("predictions.statistics.value_intervals")
bg_nbd = LazyModule("predictions.statistics.bg_nbd")
gamma_gamma = LazyModule("predictions.statistics.gamma_gamma")

START, END = date(2021, 4, 1), date(2024, 1, 1)
A = datetime(2023, 12, 31, 23, 59, 59, tzinfo=UTC)
SEASON = dict.fromkeys(range(1, 13), 0.95) | {1: 0.6, 2: 0.7, 3: 0.8, 11: 1.45, 12: 1.6}
PEOPLE = 1_500
REASON = "It is measured elsewhere."


@pytest.fixture(scope="module")
def shop(rows_for_all):
    """Make 1,500 customers of 33 months, who buy more before Christmas (seed 0)."""
    draws = np.random.default_rng(0)
    store, group = Store.objects.get(code="default"), CustomerGroup.objects.get(code="general")
    made = Customer.objects.bulk_create(
        Customer(external_id=f"S{n}", store=store, group=group, website_id=store.website_id)
        for n in range(PEOPLE)
    )
    orders = []
    for customer in made:
        first = START.toordinal() + int(draws.integers(0, 900))
        rate, leaves = draws.gamma(0.7, 1 / 6) / 7, draws.beta(0.8, 3)
        grid = np.arange(first, END.toordinal() + 1)
        passed = clocks(SEASON, grid)
        days, at = [first], 0.0
        while draws.random() > leaves:
            at += draws.exponential(1 / rate)
            if at >= passed[-1] - passed[0]:
                break
            days.append(int(grid[np.searchsorted(passed - passed[0], at, "right") - 1]))
        for day in days:
            when = datetime.combine(date.fromordinal(day), datetime.min.time(), UTC)
            orders.append(
                Order(
                    number=f"{customer.external_id}-{len(orders)}",
                    customer=customer,
                    store=store,
                    state="complete",
                    created_at=when + timedelta(hours=12),
                    updated_at=A,
                    grand_total=int(draws.integers(5, 100)),
                )
            )
    Order.objects.bulk_create(orders)
    return made


# Fitting knows no database; what a shop's season is, test_seasonality.py asks both.
@pytest.mark.once
@pytest.mark.exhaustive
def test_season_time_meets_the_sales_of_christmas(shop, db):
    version = train("clv", as_of=A, parameters={"holdout_days": 91})
    found = {one["name"]: one for one in version.metrics}
    season = found["total_error_season"]
    assert (season["baseline"], abs(season["value"]) < 0.1) == ("no_season", True)
    assert season["baseline_value"] < season["value"] - 0.1
    assert found["total_error"]["value"] == season["value"]
    assert 0.77 < found["coverage_80"]["value"] < 0.83
    index = {int(month): value for month, value in version.fitted["season"].items()}
    assert index[12] > 1.3 > 0.8 > index[1]
    assert sum(index.values()) == pytest.approx(12)
    assert version.fitted["season_reason"] is None
    assert seasonality(as_of=A).reason is None
    deploy(version, reason=REASON)
    assert purchase_season() == index
    score("clv", as_of=A)
    # After Christmas fewer purchases are ahead than in the same days before it.
    people = shop[:200]
    sums = [
        sum(float(one.scores["expected_orders"] or 0) for one in found)
        for found in (
            forecasts_of(people, version, as_of=at, horizon_days=31)
            for at in (A, A - timedelta(days=31))
        )
    ]
    assert sums[0] < 0.6 * sums[1]
    ranges = intervals_of(people, version, as_of=A)
    values = forecasts_of(people, version, as_of=A)
    assert ranges == intervals_of(people[::-1], version, as_of=A)[::-1]
    inside = [
        r.clv_low <= float(v.scores["clv"]) <= r.clv_high
        for r, v in zip(ranges, values, strict=True)
        if r is not None
    ]
    assert sum(inside) > 0.6 * len(inside)
    earlier = A - timedelta(days=365)
    younger = train("clv", as_of=earlier)
    assert (younger.fitted["season"], younger.fitted["season_reason"]) == (None, "needs_two_years")


def test_draws_agree_with_the_expectation_they_are_drawn_from():
    nbd = bg_nbd.NbdFit("mbg_nbd", 0.65, 8.8, 0.85, 3.0, 0.0, is_degenerate=False)
    spend = gamma_gamma.SpendFit(6.0, 3.7, 15.0, 100, 33.0, False, None)
    (alive,) = bg_nbd.probability_alive(nbd, [4], [200], [300])
    of = intervals.Posterior(x=4, age=300, alive=alive, value=40.0, horizon=365, factor=1.0)
    orders = [intervals.draw_orders(np.random.default_rng(n), nbd, of).mean() for n in range(100)]
    (expected,) = bg_nbd.expected_purchases(nbd, 365.0, [4], [200], [300])
    assert np.mean(orders) == pytest.approx(expected, rel=0.01)
    found = intervals.interval_of("C1", nbd, spend, of)
    assert found == intervals.interval_of("C1", nbd, spend, of)
    assert found.clv_low == found.orders_low == 0
    mean = gamma_gamma.expected_value(spend, [4], [40.0])[0]
    assert found.clv_high == pytest.approx(found.orders_high * mean, rel=0.35)
    covered = intervals.coverage(
        [f"C{n}" for n in range(400)],
        nbd,
        [of] * 400,
        intervals.draw_orders(np.random.default_rng(7), nbd, of)[:400],
    )
    assert covered == pytest.approx(0.8, abs=0.05)
