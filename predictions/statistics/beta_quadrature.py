"""Means over a beta distribution, as sums over fixed points."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln

Floats = NDArray[np.float64]

# So many points are right to ten digits for what real shops show, to four in the worst corner of
# what a fit may return.
POINTS = 128
# Points end where what they add is e^-32 of the most that one adds.
LEAST = 32.0
# The points lie between these values of y, wherever a parameter of e^-12 to e^13 puts them.
FROM, TO = -70.0, 30.0
ZOOMS = 3


@dataclass(frozen=True)
class Rule:
    """For each of n distributions: E f(p) = at_zero x f(0) + the sum of weights x f(points).

    `points` and `weights` are n x POINTS, `at_zero` is n long. All weights are >= 0 and add up
    to 1, so that the mean of a positive or rising f is one itself.
    """

    points: Floats
    weights: Floats
    at_zero: Floats


def rule(a: float, b: Floats, reach: Floats) -> Rule:
    """Return points for means over Beta(a, b), one distribution for each b.

    The points suit functions that do not change below p = 1 / reach and, seen on a logarithmic
    scale, nowhere abruptly, such as (1 + p z)^-s with reach = s z. The trapezoidal rule is applied
    over y with p = 1 - exp(-exp(y)), between the ends of the range that counts: there the rule
    converges geometrically (L. N. Trefethen, J. A. C. Weideman, The Exponentially Convergent
    Trapezoidal Rule, 2014). The rest of the probability lies so near to p = 0 that it counts as 0.
    """
    b, reach = b[:, None], np.maximum(reach, 1.0)[:, None]
    low, high = np.full_like(b, FROM), np.full_like(b, TO)
    for _ in range(ZOOMS):
        y = _points_between(low, high)
        p, density = _density(y, a, b)
        # Below 1 / reach only the difference to f(0) counts, which is proportional to p.
        adds = density + np.minimum(np.log(reach * p), 0.0)
        counts = adds > adds.max(axis=1, keepdims=True) - LEAST
        first = counts.argmax(axis=1)[:, None]
        last = POINTS - 1 - counts[:, ::-1].argmax(axis=1)[:, None]
        step = (high - low) / (POINTS - 1)
        low, high = (
            np.take_along_axis(y, first, axis=1) - step,
            np.take_along_axis(y, last, axis=1) + step,
        )
    p, density = _density(_points_between(low, high), a, b)
    weights = np.exp(density) * (high - low) / (POINTS - 1)
    total = weights.sum(axis=1)
    return Rule(p, weights / np.maximum(total, 1.0)[:, None], np.maximum(1.0 - total, 0.0))


def _points_between(low: Floats, high: Floats) -> Floats:
    return low + (high - low) * np.linspace(0.0, 1.0, POINTS)


def _density(y: Floats, a: float, b: Floats) -> tuple[Floats, Floats]:
    """Return p and the logarithm of the density of y."""
    v = np.exp(y)
    p = -np.expm1(-v)
    return p, y + (a - 1.0) * np.log(p) - b * v - betaln(a, b)
