"""Functions of bandit experiments: the contract's examples, the shared figures, extremes."""

import json
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

from benchmarks.bandits import CASES, simulate
from personalization.bandit import any_time, batched, p_best, weights, winner

EXPECTED = Path(settings.BASE_DIR).parent / "shared" / "data" / "lists_expected.json"
# Rates 50/1000, 20/400, 18/300 and 60/1000, 110/1600, 120/1700.
UNITS = [[1000, 1000], [400, 1600], [300, 1700]]
SUCCESSES = [[50, 60], [20, 110], [18, 120]]


@cache
def cases(name):
    if not EXPECTED.exists():
        pytest.skip("the data are not there")
    return json.loads(EXPECTED.read_text())["functions"][name]


def test_functions_return_the_shared_figures():
    for one in cases("p_best"):
        assert p_best(one["successes"], one["units"]) == pytest.approx(one["p"], abs=1e-6)
    for one in cases("weights"):
        assert weights(one["p"], one["floor"]) == one["weights"]
    for one in cases("batched"):
        found = batched(one["successes"], one["units"], one["i"], one["j"])
        assert found == pytest.approx(one["result"], abs=1e-9)
    for one in cases("any_time"):
        assert any_time(one["B"], one["alpha"]) == pytest.approx(one["R"], abs=1e-9)


def test_three_variants_get_the_weights_of_their_chances():
    p = p_best([30, 42, 36], [600] * 3)
    assert p == pytest.approx([0.0443, 0.7276, 0.2281], abs=5e-5)
    assert weights(p) == [1021, 6488, 2491]


def test_batches_give_the_intervals_of_the_example():
    difference, error, batches = batched(SUCCESSES, UNITS, 1, 0)
    assert (difference, error) == pytest.approx((0.012991, 0.007121), abs=5e-7)
    reach = error * any_time(batches)
    assert difference - reach == pytest.approx(-0.010726, abs=5e-7)
    assert difference + reach == pytest.approx(0.036708, abs=5e-7)
    assert [any_time(n) for n in (1, 3, 14, 28)] == pytest.approx(
        [4.219262, 3.330506, 3.035208, 3.061477], abs=2e-6
    )


def test_twins_share_evenly_and_earlier_ones_get_the_remainder():
    assert weights(p_best([5] * 3, [70] * 3)) == [3334, 3333, 3333]
    assert p_best([0, 0], [0, 0]) == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize(
    ("successes", "units"),
    [([100_000, 10], [1_000_000, 100]), ([0, 10**6], [10**6, 10**6]), ([0, 3], [0, 4])],
)
def test_unequal_and_extreme_counts_are_integrated(successes, units):
    import numpy as np

    drawn = np.random.default_rng(0).beta(
        [1 + s for s in successes],
        [1 + n - s for s, n in zip(successes, units, strict=True)],
        (400_000, 2),
    )
    assert p_best(successes, units)[0] == pytest.approx(
        float((drawn[:, 0] > drawn[:, 1]).mean()), abs=3e-3
    )


def test_winner_needs_interval_and_successes_of_each_arm():
    many = [[500, 500]] * 4
    assert winner([[25, 60]] * 4, many) == 1
    assert winner([[60, 25]] * 4, many) == 0
    # Nobody of the other variant has succeeded often enough to be measured.
    assert winner([[4, 60]] * 4, many) is None
    assert winner([[25, 28]] * 4, many) is None
    # Batches that only one of them has say nothing of the difference.
    assert winner([[25, 0], [0, 60]], [[500, 0], [0, 500]]) is None


def test_impossible_counts_are_refused():
    for call in (
        lambda: p_best([2], [1]),
        lambda: p_best([1, 2], [3]),
        lambda: weights([0.5, 0.5], 10_001),
        lambda: weights([0.0, 0.0]),
        lambda: batched([[2, 0]], [[1, 1]], 0, 1),
        lambda: any_time(0),
        lambda: any_time(3, 1.0),
    ):
        with pytest.raises(ValueError, match=r"."):
            call()


def test_simulated_bandit_loses_less_than_an_even_split():
    found = simulate(CASES[0], 12)
    assert found.regret is not None
    assert found.regret < 0.6
    assert found.coverage > 0.7
