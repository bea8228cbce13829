"""Statistics of experiments: pure functions of counts and moments, without Django.

Arm 1 is the control everywhere, and a difference is arm 2 minus arm 1. A figure that is not finite
(nan, infinity), a count below 0 and an alpha that is not between 0 and 1 raise ValueError. A result
is None where the samples do not determine it.
"""

from collections.abc import Sequence
from math import log, log1p, sqrt
from typing import NamedTuple

from predictions.statistics.sample_sizes import checked_level as checked_level
from predictions.statistics.sample_sizes import finite as _finite
from predictions.statistics.sample_sizes import sample_size as sample_size
from predictions.statistics.sample_sizes import sample_size_of_means as sample_size_of_means
from predictions.statistics.welch import welch_degrees

SRM_ALARM = 0.01
# The number of units in both arms together at which the sequential interval is narrowest.
NARROWEST_AT = 5_000
FEWEST_OF_A_MEAN = 2


class Srm(NamedTuple):
    """The test of the arms' units against their weights (sample ratio mismatch)."""

    chi2: float
    df: int
    p: float
    alarm: bool


class Comparison(NamedTuple):
    """An arm beside the control: the difference, its statistic, p (two-sided) and interval.

    `df` is None for proportions, whose statistic is `z`; with `df` the statistic is `t`. Every
    field is None where an arm has too few units; `low` and `high` are None where nothing varies.
    """

    difference: float | None
    statistic: float | None
    df: float | None
    p: float | None
    low: float | None
    high: float | None

    @property
    def z(self) -> float | None:
        """The statistic, as proportions call it."""
        return self.statistic

    @property
    def t(self) -> float | None:
        """The statistic, as means call it."""
        return self.statistic


NOTHING = Comparison(None, None, None, None, None, None)


def srm(counts: Sequence[int], weights: Sequence[float]) -> Srm:
    """Return Pearson's test of the units of each variant against the variants' weights.

    chi2 = sum of (observed - expected)^2 / expected over variants with a weight above 0. There is
    an alarm for p < 0.01, for an empty variant beside one with units, and for a unit in a variant
    of weight 0; none before the first unit. Raises ValueError where no weight is above 0, or the
    lists differ in length.
    """
    from scipy.special import chdtrc

    if len(counts) != len(weights):
        raise ValueError(f"{len(counts)} counts, but {len(weights)} weights")
    observed = [checked_count(count) for count in counts]
    shares = [_at_least_0(weight, "weight") for weight in weights]
    whole = sum(shares)
    if not whole:
        raise ValueError("no variant has a weight")
    pairs = [(count, share) for count, share in zip(observed, shares, strict=True) if share]
    units = sum(count for count, _share in pairs)
    df = len(pairs) - 1
    expected = [(count, units * (share / whole)) for count, share in pairs]
    chi2 = sum((count - due) ** 2 / due for count, due in expected if due)
    p = float(chdtrc(df, chi2)) if df else 1.0
    is_elsewhere = sum(observed) > units
    is_empty = units > 0 and any(not count for count, _share in pairs)
    return Srm(chi2, df, p, p < SRM_ALARM or is_empty or is_elsewhere)


def proportions(x1: int, n1: int, x2: int, n2: int, alpha: float = 0.05) -> Comparison:
    """Return how x2 of n2 compare with x1 of n1: z with pooled variance, an unpooled interval.

    If nobody or everybody converted in both arms, p is 1 and there is no interval. Every field is
    None where an arm has no units. Raises ValueError for more conversions than units.
    """
    from scipy.special import ndtr, ndtri

    alpha = checked_level(alpha)
    error = proportions_error(x1, n1, x2, n2)
    if error is None:
        return NOTHING
    difference = x2 / n2 - x1 / n1
    together = (x1 + x2) / (n1 + n2)
    pooled = sqrt(together * (1 - together) * (1 / n1 + 1 / n2))
    if not pooled:
        return Comparison(difference, 0.0, None, 1.0, None, None)
    z = difference / pooled
    reach = -float(ndtri(alpha / 2)) * error
    p = float(2 * ndtr(-abs(z)))
    return Comparison(difference, z, None, p, difference - reach, difference + reach)


def proportions_error(x1: int, n1: int, x2: int, n2: int) -> float | None:
    """Return the unpooled standard error of a difference of proportions; None without units.

    Raises ValueError where there are more conversions than units.
    """
    arms = [(checked_count(x1), checked_count(n1)), (checked_count(x2), checked_count(n2))]
    if any(x > n for x, n in arms):
        raise ValueError("more conversions than units")
    if not n1 or not n2:
        return None
    return sqrt(sum((x / n) * ((n - x) / n) / n for x, n in arms))


def welch(
    mean1: float, var1: float, n1: int, mean2: float, var2: float, n2: int, alpha: float = 0.05
) -> Comparison:
    """Return how two means compare, by Welch; variances are those of samples (n - 1).

    Every field is None if an arm has less than 2 units. If neither arm varies there is no interval:
    p is 1 if the means are equal, and None otherwise.
    """
    from scipy.special import stdtr, stdtrit

    alpha = checked_level(alpha)
    difference = _finite(_finite(mean2, "mean") - _finite(mean1, "mean"), "difference")
    error = welch_error(var1, n1, var2, n2)
    if error is None:
        return NOTHING
    if not error:
        if difference:
            return NOTHING._replace(difference=difference)
        return Comparison(difference, 0.0, None, 1.0, None, None)
    # In parts of their sum, lest squares of the smallest numbers vanish.
    one, two = var1 / n1, var2 / n2
    df = float(welch_degrees(one / (one + two), two / (one + two), n1, n2))
    t = difference / error
    p = float(2 * stdtr(df, -abs(t)))
    reach = -float(stdtrit(df, alpha / 2)) * error
    return Comparison(difference, t, df, p, difference - reach, difference + reach)


def welch_error(var1: float, n1: int, var2: float, n2: int) -> float | None:
    """Return Welch's standard error of a difference of means; None below 2 units in an arm."""
    arms = [(_at_least_0(var, "variance"), checked_count(n)) for var, n in ((var1, n1), (var2, n2))]
    if min(n1, n2) < FEWEST_OF_A_MEAN:
        return None
    return sqrt(_finite(sum(var / n for var, n in arms), "variance"))


def always_valid(
    difference: float, standard_error: float, n: int, alpha: float = 0.05
) -> tuple[float, float]:
    """Return an always-valid confidence interval, by a normal mixture.

    `n` >= 1 units in both arms together (N), `standard_error` (s) unpooled, or Welch's: s sqrt(N)
    sqrt(2 (N rho^2 + 1) / (N^2 rho^2) ln(sqrt(N rho^2 + 1) / alpha)) to both sides, where rho^2 =
    (-2 ln alpha + ln(1 - 2 ln alpha)) / 5,000 (Waudby-Smith and others, Time-uniform central limit
    theory and asymptotic confidence sequences, 2021). Raises ValueError for `n` < 1 or a value that
    is not finite.
    """
    alpha = checked_level(alpha)
    middle, error = _finite(difference, "difference"), _at_least_0(standard_error, "error")
    units = checked_count(n)
    if units < 1:
        raise ValueError("at least one unit is needed")
    rho2 = (-2 * log(alpha) + log1p(-2 * log(alpha))) / NARROWEST_AT
    grown = units * rho2 + 1
    reach = error * sqrt(2 * grown / (units * rho2) * (log(grown) / 2 - log(alpha)))
    return middle - reach, middle + reach


def cuped(y: Sequence[float], x: Sequence[float]) -> tuple[float, list[float], float]:
    """Return theta, the adjusted values of `y`, and the share of their variance that `x` explains.

    For the units of all arms together, with x measured before the exposure: theta = cov(y, x) /
    var(x), y - theta (x - mean x), 1 - var(adjusted) / var(y) (Deng and others, Improving the
    Sensitivity of Online Controlled Experiments, 2013). Where x or y does not vary, theta and the
    gain are 0. Raises ValueError for different lengths and for values that are not finite.
    """
    import numpy as np

    if len(y) != len(x):
        raise ValueError(f"{len(y)} values, but {len(x)} covariates")
    values, covariates = np.asarray(y, dtype=np.float64), np.asarray(x, dtype=np.float64)
    if not (np.isfinite(values).all() and np.isfinite(covariates).all()):
        raise ValueError("a value is not finite")
    # Rounding errors leave a tiny variance in equal numbers, and dividing by it gives a random
    # theta.
    if any(
        len(each) < FEWEST_OF_A_MEAN or each.min() == each.max() for each in (values, covariates)
    ):
        return 0.0, values.tolist(), 0.0
    apart = covariates - covariates.mean()
    scale = float(np.abs(apart).max())
    apart_of_1 = apart / scale
    slope = float(((values - values.mean()) * apart_of_1).sum() / (apart_of_1**2).sum())
    adjusted = values - slope * apart_of_1
    return slope / scale, adjusted.tolist(), 1 - float(adjusted.var() / values.var())


def holm(ps: Sequence[float]) -> list[float]:
    """Return each p-value adjusted for being one of several (Holm 1979), in the order given.

    Raises ValueError for a p-value outside of 0 to 1.
    """
    checked = [_finite(p, "p") for p in ps]
    if any(not 0 <= p <= 1 for p in checked):
        raise ValueError("a p-value lies from 0 to 1")
    adjusted = [0.0] * len(checked)
    least = 0.0
    for place, number in enumerate(sorted(range(len(checked)), key=checked.__getitem__)):
        least = max(least, min(1.0, (len(checked) - place) * checked[number]))
        adjusted[number] = least
    return adjusted


def _at_least_0(given: float, what: str) -> float:
    number = _finite(given, what)
    if number < 0:
        raise ValueError(f"{given!r} is no {what}")
    return number


def checked_count(given: int) -> int:
    """Return `given` as a whole number of at least 0; ValueError for anything else."""
    is_whole = isinstance(given, int) or float(given).is_integer()
    if isinstance(given, bool) or not is_whole or given < 0:
        raise ValueError(f"{given!r} is no count")
    return int(given)
