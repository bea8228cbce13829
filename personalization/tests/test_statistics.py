"""Statistics of experiments: the contract's examples, real experiments, extremes, A/A."""

import csv
import lzma
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import assume, given
from hypothesis import strategies as st

from personalization.statistics import (
    NOTHING,
    always_valid,
    cuped,
    holm,
    proportions,
    proportions_error,
    sample_size,
    sample_size_of_means,
    srm,
    welch,
    welch_error,
)

HILLSTROM = Path(settings.BASE_DIR).parent / "shared" / "data" / "hillstrom_email_test.csv.xz"
NAN, INFINITE = float("nan"), float("inf")


@pytest.fixture(scope="module")
def hillstrom():
    """Spend, and what was spent in the year before, by mail."""
    import numpy as np

    if not HILLSTROM.exists():
        pytest.skip("the data are not there")
    found = {}
    with lzma.open(HILLSTROM, "rt", newline="") as stream:
        for row in csv.DictReader(stream):
            pair = float(row["spend"]), float(row["history"])
            found.setdefault(row["segment"], []).append(pair)
    return {segment: np.array(pairs).T for segment, pairs in found.items()}


# Sample ratio mismatch ----------------------------------------------------------------------------


def test_cookie_cats_arms_are_not_of_the_weights():
    found = srm([44_700, 45_489], [5_000, 5_000])
    assert (found.chi2, found.p) == (pytest.approx(6.9024, abs=5e-5), pytest.approx(0.008608, 5e-5))
    assert found.df == 1
    assert found.alarm


@pytest.mark.parametrize(
    ("counts", "weights", "alarm"),
    [
        ([5_000, 5_100], [5_000, 5_000], False),
        ([0, 100_000], [5_000, 5_000], True),
        ([0, 2], [5_000, 5_000], True),  # p is far from 0.01.
        ([50, 50, 1], [5_000, 5_000, 0], True),
        ([50, 50, 0], [5_000, 5_000, 0], False),
        ([0, 0], [5_000, 5_000], False),
        ([7], [10_000], False),
        ([10**15, 10**15 + 10**6], [1, 1], False),
    ],
)
def test_an_alarm_is_an_unlikely_an_empty_or_a_wrong_arm(counts, weights, alarm):
    assert srm(counts, weights).alarm is alarm


def test_weights_need_not_be_equal():
    from scipy import stats

    found = srm([30, 50, 20], [2_000, 5_000, 3_000])
    expected = stats.chisquare([30, 50, 20], [20, 50, 30])
    assert (found.chi2, found.p) == pytest.approx((expected.statistic, expected.pvalue))
    assert found.df == 2


# Proportions --------------------------------------------------------------------------------------


def test_500_of_10000_against_560():
    found = proportions(500, 10_000, 560, 10_000)
    assert found.difference == pytest.approx(0.006, abs=1e-12)
    assert (found.z, found.p) == pytest.approx((1.893753, 0.058258), abs=5e-7)
    assert (found.low, found.high) == pytest.approx((-0.000209, 0.012209), abs=5e-7)


def test_cookie_cats_retention_after_a_week():
    found = proportions(8_502, 44_700, 8_279, 45_489)
    assert found.z == pytest.approx(-3.164359, abs=5e-7)
    assert found.p == pytest.approx(0.001554, abs=5e-7)


@pytest.mark.parametrize("x", [0, 7])
def test_where_nobody_or_everybody_converts_nothing_differs(x):
    assert proportions(x, 7, x, 7)[1:] == (0.0, None, 1.0, None, None)


def test_without_units_there_is_no_comparison():
    assert proportions(0, 0, 3, 7) == proportions(3, 7, 0, 0) == NOTHING


def test_none_of_an_arm_against_all_of_the_other():
    from scipy import stats

    found = proportions(0, 9, 9, 9)
    assert (found.difference, found.low, found.high) == (1, 1, 1)
    assert found.p == pytest.approx(2 * stats.norm.sf(found.z))


# Means --------------------------------------------------------------------------------------------


def test_hillstroms_mens_mail_against_none(hillstrom):
    none, mens = hillstrom["No E-Mail"][0], hillstrom["Mens E-Mail"][0]
    moments = [number for arm in (none, mens) for number in (arm.mean(), arm.var(ddof=1), len(arm))]
    found = welch(*moments)
    assert (found.difference, found.t) == pytest.approx((0.769827, 5.300140), abs=5e-7)
    assert found.df == pytest.approx(36_671.2, abs=0.05)
    assert found.p == pytest.approx(1.1638e-7, abs=5e-12)
    assert (found.low, found.high) == pytest.approx((0.485140, 1.054515), abs=5e-7)
    error = welch_error(moments[1], moments[2], moments[4], moments[5])
    interval = always_valid(found.difference, error, len(none) + len(mens))
    assert interval == pytest.approx((0.302066, 1.237589), abs=5e-7)


@given(
    st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=9),
    st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=9),
)
def test_means_compare_as_scipy_compares_them(one, other):
    import numpy as np
    from scipy import stats

    arms = [(np.mean(arm), np.var(arm, ddof=1), len(arm)) for arm in (one, other)]
    (mean1, var1, n1), (mean2, var2, n2) = arms
    assume(var1 + var2 > 1e-9)
    found = welch(*arms[0], *arms[1])
    expected = stats.ttest_ind_from_stats(
        *(mean2, np.sqrt(var2), n2, mean1, np.sqrt(var1), n1), equal_var=False
    )
    assert (found.t, found.p) == pytest.approx((expected.statistic, expected.pvalue), rel=1e-6)
    reach = stats.t.ppf(0.975, found.df) * np.sqrt(var1 / n1 + var2 / n2)
    assert (found.high - found.low) / 2 == pytest.approx(reach, rel=1e-6)


def test_an_arm_of_one_is_not_enough():
    assert welch(1, 0, 1, 2, 1, 500) == welch(1, 1, 500, 2, 0, 0) == NOTHING


def test_where_nothing_varies_only_equal_means_can_be_told():
    assert welch(5, 0, 9, 5, 0, 9) == (0, 0, None, 1, None, None)
    assert welch(5, 0, 9, 6, 0, 9) == (1, None, None, None, None, None)


def test_one_arm_that_varies_is_enough():
    found = welch(5, 0, 9, 6, 4, 16)
    assert (found.df, found.t) == (15, 2)


@pytest.mark.parametrize("var", [1e-300, 1e300])
def test_the_smallest_and_largest_variances_are_compared(var):
    assert welch(0, var, 10, 0, var, 10).df == pytest.approx(18)


# At any time --------------------------------------------------------------------------------------


def test_an_interval_for_any_time():
    error = proportions_error(500, 10_000, 560, 10_000)
    interval = always_valid(0.006, error, 20_000)
    assert interval == pytest.approx((-0.003907, 0.015907), abs=5e-7)


def test_twenty_looks_at_two_equal_arms_give_no_more_false_alarms_than_promised():
    """In 2,000 runs; whoever stops at the first p < 0.05 is wrong about one time in four."""
    import numpy as np

    dice = np.random.default_rng(20_261_123)
    runs, looks, step = 2_000, 20, 250
    found = dice.binomial(step, 0.1, size=(runs, looks, 2)).cumsum(axis=1)
    always, plain = 0, 0
    for run in found.tolist():
        alarms = [_alarms(x1, x2, step * look) for look, (x1, x2) in enumerate(run, 1)]
        always += any(alarm for alarm, _z in alarms)
        plain += any(z for _alarm, z in alarms)
    assert always / runs <= 0.055
    assert plain / runs > 0.15


def _alarms(x1, x2, n):
    plain = proportions(x1, n, x2, n)
    low, high = always_valid(plain.difference, proportions_error(x1, n, x2, n), 2 * n)
    return not low <= 0 <= high, plain.p < 0.05


# CUPED --------------------------------------------------------------------------------------------


def test_the_worked_example_of_cuped():
    import numpy as np

    theta, adjusted, reduction = cuped([2, 3, 5, 6, 9, 11], [1, 2, 3, 4, 5, 6])
    assert theta == pytest.approx(1.828571, abs=5e-7)
    assert adjusted[0] == pytest.approx(6.571429, abs=5e-7)
    assert sum(adjusted) == pytest.approx(36)
    assert reduction == pytest.approx(np.corrcoef([2, 3, 5, 6, 9, 11], range(6))[0, 1] ** 2)


def test_hillstroms_history_explains_next_to_nothing(hillstrom):
    import numpy as np

    pooled = np.concatenate([hillstrom["No E-Mail"], hillstrom["Mens E-Mail"]], axis=1)
    theta, _adjusted, reduction = cuped(*pooled)
    assert theta == pytest.approx(0.00122290, abs=5e-9)
    assert reduction == pytest.approx(0.000438, abs=5e-7)


@pytest.mark.parametrize(
    ("y", "x"),
    [([], []), ([3.0], [1.0]), ([1.0, 2.0, 3.0], [0.1] * 3), ([0.1] * 3, [1.0, 2.0, 3.0])],
)
def test_where_nothing_varies_cuped_changes_nothing(y, x):
    assert cuped(y, x) == (0, y, 0)


# Several tests, and how many units ----------------------------------------------------------------


def test_holms_adjustment_keeps_the_order_given():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1, 1]
    assert holm([]) == []


@pytest.mark.parametrize(
    ("p1", "p2", "expected"), [(0.05, 0.06, 8_158), (0.10, 0.12, 3_841), (0.12, 0.10, 3_841)]
)
def test_units_to_tell_two_rates(p1, p2, expected):
    assert sample_size(p1, p2) == expected


def test_units_to_tell_two_means():
    assert sample_size_of_means(15, 0.5) == sample_size_of_means(15, -0.5) == 14_128
    assert sample_size_of_means(0, 0.5) == 1


def test_more_power_needs_more_units():
    assert sample_size(0.05, 0.06, alpha=0.01, power=0.95) > sample_size(0.05, 0.06, power=0.9)


# What is refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ask",
    [
        lambda: srm([NAN, 1], [1, 1]),
        lambda: srm([1, 1], [NAN, 1]),
        lambda: srm([-1, 1], [1, 1]),
        lambda: srm([True, 1], [1, 1]),
        lambda: srm([1.5, 1], [1, 1]),
        lambda: srm([1, 1], [0, 0]),
        lambda: srm([1, 1], [1]),
        lambda: srm([], []),
        lambda: proportions(8, 7, 1, 7),
        lambda: proportions(-1, 7, 1, 7),
        lambda: proportions(NAN, 7, 1, 7),
        lambda: proportions(INFINITE, 7, 1, 7),
        lambda: proportions(1, 7, 1, 7, alpha=0),
        lambda: proportions(1, 7, 1, 7, alpha=NAN),
        lambda: welch(NAN, 1, 9, 1, 1, 9),
        lambda: welch(1, NAN, 9, 1, 1, 9),
        lambda: welch(1, -1, 9, 1, 1, 9),
        lambda: welch(1, 1, 9, INFINITE, 1, 9),
        lambda: welch(-1.7e308, 1, 9, 1.7e308, 1, 9),
        lambda: welch(1, 1, 9, 1, 1, 9, alpha=1),
        lambda: always_valid(NAN, 1, 9),
        lambda: always_valid(1, NAN, 9),
        lambda: always_valid(1, -1, 9),
        lambda: always_valid(1, 1, 0),
        lambda: always_valid(1, 1, 9, alpha=1.5),
        lambda: cuped([1, NAN], [1, 2]),
        lambda: cuped([1, 2], [1, INFINITE]),
        lambda: cuped([1, 2], [1]),
        lambda: holm([NAN]),
        lambda: holm([1.1]),
        lambda: sample_size(0.05, 0.05),
        lambda: sample_size(0, 1e-320),
        lambda: sample_size(NAN, 0.05),
        lambda: sample_size(-0.1, 0.05),
        lambda: sample_size(0.05, 0.06, power=1),
        lambda: sample_size_of_means(15, 0),
        lambda: sample_size_of_means(15, NAN),
        lambda: sample_size_of_means(-1, 1),
    ],
)
def test_what_is_no_figure_is_refused(ask):
    with pytest.raises(ValueError):
        ask()


def test_whole_numbers_may_be_huge():
    found = proportions(10**300, 10**301, 10**300, 10**301)
    assert (found.difference, found.p) == (0, 1)
    low, high = always_valid(0.1, 1e-9, 10**18)
    assert low < 0.1 < high
