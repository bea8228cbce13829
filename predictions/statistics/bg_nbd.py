"""How often customers will buy again: BG/NBD and MBG/NBD.

A customer buys at random with a rate of their own, and leaves for good with a probability of their
own after a purchase; over all customers the rates are gamma distributed (r, alpha), the
probabilities beta distributed (a, b). With BG/NBD customers may leave after each purchase but the
first (P. Fader, B. Hardie, K. L. Lee, "Counting Your Customers" the Easy Way, 2005), with MBG/NBD
after the first as well (E. Batislam, M. Denizel, A. Filiztekin, Empirical Validation and Comparison
of Models for Customer Base Analysis, 2007).

Only three numbers of a customer matter, here arrays of equal length: x, whole, the number of days
with a purchase but the first; t_x, the days from the first to the last; T, the days from the first
to the as-of moment. 0 <= t_x <= T, and t_x = 0 where x = 0.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from predictions.statistics.beta_quadrature import rule
from predictions.statistics.maximum_likelihood import Floats, maximum

Whole = NDArray[np.int64]
Family = Literal["bg_nbd", "mbg_nbd"]
# How often one may have left before the second purchase.
CHANCES_AT_FIRST: Mapping[Family, int] = {"bg_nbd": 0, "mbg_nbd": 1}

WEEK = 7.0
YEAR = 365.25
# Logarithms of r, alpha, a, b: customers who are not very different, and who differ in everything.
# MBG/NBD often has a maximum near each.
STARTS = ((0.0, 0.0, 0.0, 0.0), (-3.0, 3.0, -3.0, -3.0))
LEAST_DROPOUT = 0.001
# Rows x points of a rule that are computed at once: as many as stay near the processor.
ROWS_AT_ONCE = 512
# The number of cached results of a fit: most customers of a shop share theirs with others.
MOST_KEPT = 100_000


@dataclass(frozen=True)
class NbdFit:
    """A fitted model. `alpha` is in weeks, as is the time of `log_likelihood`.

    `is_degenerate`: a parameter ended at its bound, or hardly anybody ever leaves. Forecasts are
    good all the same, the probability to be alive says nothing. Fields are plain values of JSON.
    """

    family: Family
    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    is_degenerate: bool


@dataclass(frozen=True)
class _Histories:
    """Different histories, times in weeks; by how many chances to leave; of how many customers."""

    x: Whole
    t_x: Floats
    T: Floats
    chances: Whole
    customers: Floats


def fit(family: Family, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> NbdFit:
    """Return the parameters of greatest likelihood of these customers.

    The order of customers does not matter, to the last bit. Nothing is raised for data that show no
    maximum: the fit is then degenerate, or, where every parameter is as good, the first start.
    """
    columns = np.column_stack([np.asarray(column, dtype=np.float64) for column in (x, t_x, T)])
    rows, counts = np.unique(columns, axis=0, return_counts=True)
    purchases = rows[:, 0].astype(np.int64)
    histories = _Histories(
        x=purchases,
        t_x=rows[:, 1] / WEEK,
        T=rows[:, 2] / WEEK,
        chances=purchases + CHANCES_AT_FIRST[family],
        customers=counts.astype(np.float64),
    )
    found = maximum(_loss, histories, STARTS)
    r, alpha, a, b = found.parameters
    return NbdFit(
        family=family,
        r=r,
        alpha=alpha,
        a=a,
        b=b,
        log_likelihood=-found.loss * float(histories.customers.sum()),
        is_degenerate=found.is_at_bound or a / (a + b) < LEAST_DROPOUT,
    )


def probability_alive(fit: NbdFit, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
    """Return how probable it is that each customer has not left yet.

    1 with BG/NBD for who bought on one day only.
    """
    x, t_x, T = _in_weeks(x, t_x, T)
    chances = x + CHANCES_AT_FIRST[fit.family]
    late = np.log((fit.alpha + T) / (fit.alpha + t_x))
    return np.asarray(expit(-_log_odds_gone(fit.r + x, fit.a, fit.b, chances, late)))


def expected_purchases(
    fit: NbdFit, t_days: float, x: ArrayLike, t_x: ArrayLike, T: ArrayLike
) -> Floats:
    """Return on how many days each customer is expected to buy in the next `t_days` days (>= 0)."""
    return probability_alive(fit, x, t_x, T) * _expected_purchases(fit, [t_days], [1.0], x, T)


def calendar_time(days: Floats) -> Floats:
    """Return the time of a model whose clock is the calendar: days are days."""
    return days


def discounted_purchases(
    fit: NbdFit,
    horizon_days: float,
    discount: float,
    x: ArrayLike,
    t_x: ArrayLike,
    T: ArrayLike,
    *,
    time_after: Callable[[Floats], Floats] = calendar_time,
) -> Floats:
    """Return the expected purchases of the next `horizon_days` days, discounted week by week.

    `discount` is that of a year, such as 0.1. Each week's purchases count as at its end; the last
    week ends at the horizon. Without a discount these are the expected purchases themselves.
    `time_after` says how much of the model's time passes over so many days, where the model's clock
    is not the calendar.
    """
    ends = np.append(np.arange(WEEK, horizon_days, WEEK), horizon_days)
    factors = (1.0 + discount) ** (-ends / YEAR)
    # The sum of factor x (E(end) - E(end before)), ordered by E.
    return probability_alive(fit, x, t_x, T) * _expected_purchases(
        fit, time_after(ends).tolist(), (factors - np.append(factors[1:], 0.0)).tolist(), x, T
    )


def _expected_purchases(
    fit: NbdFit, days: Sequence[float], weights: Sequence[float], x: ArrayLike, T: ArrayLike
) -> Floats:
    """Return the sum of weight x what one who has not left is expected to buy in so many days.

    t_x says nothing about the future of who has not left: many customers are alike.
    """
    x, _, T = _in_weeks(x, 0, T)
    pairs, place = np.unique(np.column_stack([x, T]), axis=0, return_inverse=True)
    kept = _purchase_cache(fit, tuple(days), tuple(weights))
    if len(kept) > MOST_KEPT:
        kept.clear()
    keys = list(map(tuple, pairs.tolist()))
    found = [kept.get(key) for key in keys]
    missing = [number for number, value in enumerate(found) if value is None]
    weeks = np.asarray(days, dtype=np.float64) / WEEK
    values = _means(fit, weeks, np.asarray(weights, dtype=np.float64), pairs[missing])
    for number, value in zip(missing, values.tolist(), strict=True):
        found[number] = kept[keys[number]] = value
    return np.array(found, dtype=np.float64)[place]


@lru_cache(maxsize=8)
def _purchase_cache(
    fit: NbdFit, days: tuple[float, ...], weights: tuple[float, ...]
) -> dict[tuple[float, ...], float]:
    """Return the cache of `_expected_purchases` for these arguments, by x and T in weeks."""
    return {}


def _means(fit: NbdFit, weeks: Floats, weights: Floats, pairs: Floats) -> Floats:
    """Return what `_expected_purchases` does for different pairs of x and T in weeks.

    A customer who has not left has a rate of Gamma(s = r + x, alpha + T) and a probability to leave
    p of Beta(a, b + chances so far), and buys in t weeks (1 - (1 + p z)^-s) / p times, z = t /
    (alpha + T): the mean over p, for which the papers have a hypergeometric function, is taken by
    points. The mean by points stays right where the function's terms cancel or grow too large (a
    near 1, hundreds of purchases, hardly any dropout), is 0 for no time, and never falls with t.
    """
    found = np.zeros(len(pairs))
    if not len(pairs):
        return found
    numbers, number = np.unique(pairs[:, 0], return_inverse=True)
    points = rule(
        fit.a,
        fit.b + numbers + CHANCES_AT_FIRST[fit.family],
        (fit.r + numbers) * weeks.max() / fit.alpha,
    )
    for start in range(0, len(pairs), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        at = number[rows]
        p, at_zero = points.points[at], points.at_zero[at]
        per_purchase = points.weights[at] / p
        s = fit.r + pairs[rows, :1]
        for t, weight in zip(weeks, weights, strict=True):
            z = t / (fit.alpha + pairs[rows, 1:])
            left = np.expm1(-s * np.log1p(p * z))
            sums = at_zero * (s * z)[:, 0] - (per_purchase * left).sum(axis=1)
            found[rows] += weight * sums
    return found


def _in_weeks(x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Return a customer's three numbers as floats, days as weeks."""
    return (
        np.asarray(x, dtype=np.float64),
        np.asarray(t_x, dtype=np.float64) / WEEK,
        np.asarray(T, dtype=np.float64) / WEEK,
    )


def _log_odds_gone(s: Floats, a: float, b: float, chances: Floats | Whole, late: Floats) -> Floats:
    """Return the logarithm of P(left) / P(not left); -inf for who had no chance to leave.

    `s` = r + x, `late` = ln((alpha + T) / (alpha + t_x)).
    """
    had_one = chances > 0
    before = np.where(had_one, chances - 1.0, 0.0)
    return np.where(had_one, np.log(a) - np.log(b + before) + s * late, -np.inf)


def _loss(logs: Floats, of: _Histories) -> tuple[float, Floats]:
    """Return minus the mean log-likelihood of a customer, and its gradient.

    `logs` are the logarithms of r, alpha, a, b. A quotient of gamma functions whose arguments
    differ by a whole number n is a product of n factors: sums of logarithms are summed up once, and
    looked up for each history.
    """
    r, alpha, a, b = np.exp(logs)
    j = np.arange(of.chances.max(initial=0) + 1.0)
    s = r + of.x
    until_last, until_now = alpha + of.t_x, alpha + of.T
    late = np.log(until_now / until_last)
    log_odds = _log_odds_gone(s, a, b, of.chances, late)
    gone = expit(log_odds)
    had_one = of.chances > 0
    each = (
        _sums_before(np.log(r + j))[of.x]
        - of.x * np.log(until_now)
        - r * np.log1p(of.T / alpha)
        - _sums_before(np.log1p(a / (b + j)))[of.chances]
        + np.logaddexp(0.0, log_odds)
    )
    slopes = (
        _sums_before(1.0 / (r + j))[of.x] - np.log1p(of.T / alpha) + gone * late,
        r / alpha - s / until_now + gone * s * (1.0 / until_now - 1.0 / until_last),
        gone / a - _sums_before(1.0 / (a + b + j))[of.chances],
        _sums_before(a / ((b + j) * (a + b + j)))[of.chances]
        - gone / np.where(had_one, b + of.chances - 1.0, 1.0),
    )
    customers = max(float(of.customers.sum()), 1.0)
    gradient = np.array([float((of.customers * slope).sum()) for slope in slopes])
    loss = -float((of.customers * each).sum()) / customers
    return loss, -gradient * np.exp(logs) / customers


def _sums_before(terms: Floats) -> Floats:
    """Return at place n the sum of the first n terms."""
    return np.concatenate([[0.0], np.cumsum(terms)])
