"""Gamma-Gamma: the paper's numbers, its formula written plainly, and awkward data."""

import json
import math
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from predictions.tests.purchases import DATA, cdnow, online_retail
from tests.lazy import LazyModule
from tests.tiers import examples

spend = LazyModule("predictions.statistics.gamma_gamma")

# Of a customer: x and the mean value.
customers = st.tuples(st.integers(0, 300), st.floats(-5, 1e5).map(lambda value: round(value, 4)))


@pytest.fixture(scope="module")
def sample():
    if not DATA.exists():
        pytest.skip(f"{DATA} is not there")
    return cdnow()[0], cdnow()[3]


def columns(rows):
    return tuple(np.array(column, dtype=float) for column in zip(*rows, strict=True))


def log_likelihood(one, rows):
    """Fader, Hardie 2013, equation 1a."""
    p, q, v = one.p, one.q, one.v
    return math.fsum(
        math.lgamma(p * x + q)
        - math.lgamma(p * x)
        - math.lgamma(q)
        + q * math.log(v)
        + (p * x - 1) * math.log(mean)
        + p * x * math.log(x)
        - (p * x + q) * math.log(x * mean + v)
        for x, mean in zip(*rows, strict=True)
        if x >= 1 and mean > 0
    )


def test_the_papers_parameters(sample):
    found = spend.fit_spend(*sample)
    # In the paper, 15.44 and 0.11: 6.25, 3.74, 15.44 to their last digits.
    assert (found.p, found.q, found.v) == pytest.approx((6.249, 3.744, 15.44), rel=3e-4)
    assert found.customers == 946
    assert found.frequency_value_correlation == pytest.approx(0.1139, abs=1e-4)
    assert not found.is_degenerate


def test_the_papers_first_customer(sample):
    found = spend.fit_spend(*sample)
    values = spend.expected_value(found, *sample)
    assert (sample[0][0], sample[1][0]) == (2, pytest.approx(22.345))
    assert values[0] == pytest.approx(24.65, abs=0.01)
    once = sample[0] == 0
    assert values[once] == pytest.approx(found.p * found.v / (found.q - 1))


def test_the_likelihood_is_nowhere_greater(sample):
    found = spend.fit_spend(*sample)
    best = log_likelihood(found, sample)
    for name in ("p", "q", "v"):
        for factor in (0.99, 1.01):
            other = replace(found, **{name: getattr(found, name) * factor})
            assert log_likelihood(other, sample) < best


@pytest.mark.exhaustive
def test_online_retail():
    if not DATA.exists():
        pytest.skip(f"{DATA} is not there")
    x, _, _, mean = online_retail()
    found = spend.fit_spend(x, mean)
    assert found.customers == 2_790
    assert not found.is_degenerate
    assert log_likelihood(found, (x, mean)) > log_likelihood(
        replace(found, v=found.v * 1.01), (x, mean)
    )


@pytest.mark.exhaustive
def test_parameters_that_made_the_data_come_back():
    random = np.random.default_rng(0)
    p, q, v = 4.0, 5.0, 60.0
    x = random.geometric(0.3, 30_000)
    mean = random.gamma(p * x, 1.0) / (random.gamma(q, 1 / v, len(x)) * x)
    found = spend.fit_spend(x, mean)
    assert (found.p, found.q, found.v) == pytest.approx((p, q, v), rel=0.05)
    # What customers spend on average, which is what each expected value is about.
    assert spend.expected_value(found, x, mean).mean() == pytest.approx(p * v / (q - 1), rel=0.02)


def test_the_currency_does_not_matter(sample):
    found, other = spend.fit_spend(*sample), spend.fit_spend(sample[0], sample[1] * 100)
    assert (other.p, other.q, other.v / 100) == pytest.approx((found.p, found.q, found.v), rel=1e-6)


def test_a_fit_comes_back_from_json(sample):
    found = spend.fit_spend(*sample)
    assert spend.SpendFit(**json.loads(json.dumps(asdict(found)))) == found


def test_an_expected_value_lies_between_the_own_mean_and_that_of_all(sample):
    found = spend.fit_spend(*sample)
    x, mean = sample
    known = (x > 0) & (mean > 0)
    values, of_all = spend.expected_value(found, *sample), found.p * found.v / (found.q - 1)
    assert np.all(values[known] >= np.minimum(mean[known], of_all))
    assert np.all(values[known] <= np.maximum(mean[known], of_all))


@hypothesis_settings(max_examples=examples(50), deadline=None)
@given(st.lists(customers, min_size=1, max_size=30), st.randoms())
def test_a_fit_is_finite_whatever_the_data_and_their_order(rows, random):
    found = spend.fit_spend(*columns(rows))
    assert all(math.isfinite(value) and value > 0 for value in (found.p, found.q, found.v))
    assert found.customers == sum(x >= 1 and mean > 0 for x, mean in rows)
    values = spend.expected_value(found, *columns(rows))
    assert np.all(np.isfinite(values) & (values >= 0))
    correlation = found.frequency_value_correlation
    assert correlation is None or -1.000001 <= correlation <= 1.000001
    mixed = list(rows)
    random.shuffle(mixed)
    assert spend.fit_spend(*columns(mixed)) == found
    alone = [spend.expected_value(found, *columns([row]))[0] for row in rows]
    assert list(values) == alone


@pytest.mark.parametrize("mean", [0.01, 7.0, 1e6])
def test_a_shop_with_one_price(mean):
    found = spend.fit_spend([1, 2, 3] * 30, [mean] * 90)
    assert found.is_degenerate
    assert found.frequency_value_correlation is None
    assert spend.expected_value(found, [0, 3], [0.0, mean]) == pytest.approx(mean, rel=1e-4)


def test_a_shop_whose_mean_does_not_exist():
    """A few customers spend so much that the mean of all would be infinite."""
    random = np.random.default_rng(0)
    x, mean = np.full(2_000, 3), 20 * random.pareto(0.7, 2_000) + 1
    found = spend.fit_spend(x, mean)
    assert found.q <= 1
    assert found.is_degenerate
    asked = spend.expected_value(found, [2, 0, 3], [50.0, 0.0, -4.0])
    assert list(asked) == [50.0, found.mean_value, found.mean_value]
    assert found.mean_value == pytest.approx(mean.mean())


@pytest.mark.parametrize("rows", [[], [(0, 5.0)], [(3, 0.0), (2, -7.5)], [(0, math.nan)]])
def test_a_shop_without_repeated_sales(rows):
    x, mean = columns(rows) if rows else ([], [])
    found = spend.fit_spend(x, mean)
    assert found.is_degenerate
    assert (found.customers, found.mean_value) == (0, 0)
    assert list(spend.expected_value(found, x, mean)) == [0.0] * len(rows)
    assert list(spend.expected_value(found, [2], [9.5])) == [9.5]


def test_a_correlation_is_pearsons():
    found = spend.fit_spend([1, 1, 4, 9], [3.0, 3.0, 8.0, 2.0])
    expected = np.corrcoef([1, 1, 4, 9], [3.0, 3.0, 8.0, 2.0])[0, 1]
    assert found.frequency_value_correlation == pytest.approx(expected)
