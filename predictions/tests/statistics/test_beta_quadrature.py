"""Means over beta distributions are right, whatever the parameters."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lazy import LazyModule

beta = LazyModule("predictions.statistics.beta_quadrature")


possible = st.floats(-12, 12).map(math.exp)


def mean(function, a, b, reach=1.0):
    found = beta.rule(a, np.array([b]), np.array([reach]))
    return found.at_zero[0] * function(0.0) + (found.weights * function(found.points)).sum()


@given(possible, st.lists(possible, min_size=1, max_size=3), possible)
def test_all_is_counted_once_and_nothing_less_than_not_at_all(a, b, reach):
    found = beta.rule(a, np.array(b), np.full(len(b), reach))
    assert found.at_zero + found.weights.sum(axis=1) == pytest.approx(1, abs=1e-9)
    assert np.all(found.weights >= 0)
    assert np.all(found.at_zero >= 0)
    assert np.all((found.points > 0) & (found.points <= 1))


@given(possible, possible)
def test_moments(a, b):
    first = a / (a + b)
    assert mean(lambda p: p, a, b) == pytest.approx(first, rel=1e-7)
    assert mean(lambda p: p * p, a, b) == pytest.approx(first * (a + 1) / (a + b + 1), rel=1e-7)


@given(possible, possible, st.integers(1, 1_000))
def test_the_probability_that_nobody_leaves(a, b, times):
    """E (1 - p)^n is a product of n quotients."""
    expected = math.exp(-math.fsum(math.log1p(a / (b + n)) for n in range(times)))
    assert mean(lambda p: np.exp(times * np.log1p(-np.minimum(p, 1 - 1e-16))), a, b, times) == (
        pytest.approx(expected, rel=1e-6, abs=1e-8)
    )
