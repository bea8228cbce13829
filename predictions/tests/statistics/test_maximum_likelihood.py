"""The best of what is found, wherever it lies."""

import math

import numpy as np
import pytest

from tests.lazy import LazyModule

likelihood = LazyModule("predictions.statistics.maximum_likelihood")


def two_valleys(logs, depth):
    """Return a loss whose lower valley is near -2 or 2, as `depth` is positive or negative."""
    (at,) = logs
    loss = (at * at - 4) ** 2 + depth * at
    return float(loss), np.array([4 * at * (at * at - 4) + depth])


@pytest.mark.parametrize(("depth", "lower"), [(0.5, -2), (-0.5, 2)])
def test_the_best_of_all_starts_is_taken(depth, lower):
    found = likelihood.maximum(two_valleys, depth, [(3.0,), (-3.0,)])
    assert math.log(found.parameters[0]) == pytest.approx(lower, abs=0.05)
    assert found.loss < 0
    assert not found.is_at_bound


@pytest.mark.parametrize("slope", [-1.0, 1.0])
def test_without_a_maximum_it_ends_at_a_bound(slope):
    found = likelihood.maximum(
        lambda logs, of: (float(slope * logs[0]), np.array([slope])), None, [(0.0,)]
    )
    assert math.log(found.parameters[0]) == pytest.approx(-slope * likelihood.BOUND)
    assert found.is_at_bound


def test_where_all_is_equal_the_first_start_stays():
    found = likelihood.maximum(lambda logs, of: (1.0, np.array([0.0])), None, [(1.0,), (2.0,)])
    assert found.parameters == [pytest.approx(math.e)]
