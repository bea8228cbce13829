"""The Gamma-Gamma model of what customers spend on a day with a purchase.

A customer's purchases vary around the customer's own mean, independently of their number, and the
means vary between customers (P. Fader, B. Hardie, The Gamma-Gamma Model of Monetary Value, 2013).
The model takes two numbers per customer, here arrays of equal length: x, a whole number, the days
with a purchase without the first one; and the mean value of these x days, in one currency.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaln, digamma

from predictions.statistics.maximum_likelihood import Floats, maximum

# Start points: logarithms of p, q and p v / q, with values divided by their geometric mean.
STARTS = ((0.0, 1.0, 0.0), (0.0, 0.0, 0.0))


@dataclass(frozen=True)
class SpendFit:
    """A fitted model. `v` and `mean_value`, the mean of the customers' means, are money.

    `customers` is the number of customers in the fit. `is_degenerate`: a parameter ended at its
    bound, or q <= 1, where the model has no mean, or there are no customers.
    `frequency_value_correlation` is Pearson's correlation of x and the mean value, which the model
    assumes to be 0; None where x or the mean value is constant. All fields are plain JSON values.
    """

    p: float
    q: float
    v: float
    customers: int
    mean_value: float
    is_degenerate: bool
    frequency_value_correlation: float | None


@dataclass(frozen=True)
class _Means:
    """The distinct pairs of x and mean value, and the number of customers with each pair."""

    x: Floats
    value: Floats
    customers: Floats

    def mean(self, each: Floats) -> float:
        """Return the mean over customers of `each`, one number per pair; 0 without customers."""
        return float((self.customers * each).sum()) / max(float(self.customers.sum()), 1.0)


def fit_spend(x: ArrayLike, mean_value: ArrayLike) -> SpendFit:
    """Return the maximum-likelihood fit over the customers with x >= 1 and a mean value > 0.

    The result does not depend on the order of customers, to the last bit. Never raises: without a
    maximum, or without customers, the fit is degenerate.
    """
    all_x, values = _numbers(x, mean_value)
    rows, counts = np.unique(
        np.column_stack([all_x, values])[all_x > 0], axis=0, return_counts=True
    )
    pairs = _Means(rows[:, 0], rows[:, 1], counts.astype(np.float64))
    # Scaled by the geometric mean, so that neither the currency nor a few very large values move
    # the bounds.
    scale = float(np.exp(pairs.mean(np.log(pairs.value))))
    found = maximum(_loss, _Means(pairs.x, pairs.value / scale, pairs.customers), STARTS)
    p, q, centre = found.parameters
    customers = int(counts.sum())
    return SpendFit(
        p=p,
        q=q,
        v=scale * centre * q / p,
        customers=customers,
        mean_value=pairs.mean(pairs.value),
        is_degenerate=found.is_at_bound or q <= 1.0 or not customers,
        frequency_value_correlation=_correlation(pairs),
    )


def expected_value(fit: SpendFit, x: ArrayLike, mean_value: ArrayLike) -> Floats:
    """Return the expected value of each customer's next purchase.

    The expected value lies between the customer's own mean and the population mean, p v / (q - 1).
    Customers outside the fit (x < 1 or no positive mean) get the population mean. Where q <= 1 the
    population mean does not exist: then customers in the fit get their own mean, and the others the
    mean of the customers' means (0 without customers).
    """
    known_x, values = _numbers(x, mean_value)
    if fit.q <= 1.0 or not fit.customers:
        return np.where(known_x > 0, values, fit.mean_value)
    return fit.p * (fit.v + known_x * values) / (fit.p * known_x + fit.q - 1.0)


def _numbers(x: ArrayLike, mean_value: ArrayLike) -> tuple[Floats, Floats]:
    """Return x and the mean value, both 0 for customers outside the fit (x < 1 or mean <= 0)."""
    purchases = np.asarray(x, dtype=np.float64)
    values = np.asarray(mean_value, dtype=np.float64)
    counts = (purchases >= 1) & (values > 0)
    return np.where(counts, purchases, 0.0), np.where(counts, values, 0.0)


def _correlation(pairs: _Means) -> float | None:
    if len(np.unique(pairs.x)) < 2 or len(np.unique(pairs.value)) < 2:
        return None
    x, value = pairs.x - pairs.mean(pairs.x), pairs.value - pairs.mean(pairs.value)
    return pairs.mean(x * value) / math.sqrt(pairs.mean(x * x) * pairs.mean(value * value))


def _loss(logs: Floats, of: _Means) -> tuple[float, Floats]:
    """Return minus the mean log-likelihood of a customer, and its gradient.

    `logs` are the logarithms of p, q and p v / q. The data determine p v / q well, whatever p and q
    are; with this parameter the path to the maximum is no narrow valley.
    """
    p, q, centre = np.exp(logs)
    v = centre * q / p
    px, total = p * of.x, v + of.x * of.value
    own, rest = np.log(of.x * of.value / total), np.log(v / total)
    each = px * own + q * rest - np.log(of.value) - betaln(px, q)
    by_p = px * (digamma(px + q) - digamma(px) + own)
    by_q = q * (digamma(px + q) - digamma(q) + rest)
    by_v = q - (px + q) * v / total
    slopes = (by_p - by_v, by_q + by_v, by_v)
    return -of.mean(each), -np.array([of.mean(slope) for slope in slopes])
