"""How probable each variant is the best one, and the weights that follow from that."""

from collections.abc import Sequence
from math import floor as whole_part

from core.text.hashes import BUCKETS
from personalization.statistics import checked_count

DEFAULT_FLOOR = 2_000
# The integrand is split at these quantiles of every variant: narrow and wide distributions beside
# each other are then both sampled where they vary.
QUANTILES = (1e-12, 1e-8, 1e-5, 1e-3, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98)
NODES = 10
# Remainders that differ by less than this are equal: rounding may not decide between twins.
DECIMALS = 9


def p_best(successes: Sequence[int], units: Sequence[int]) -> list[float]:
    """Return for each variant the probability that its rate is the largest.

    Rates are independent Beta(1 + S, 1 + N - S), S of N units having succeeded (W. R. Thompson, On
    the Likelihood that One Unknown Probability Exceeds Another, Biometrika 1933). The integral of
    each density times the other distributions is computed by Gauss-Legendre quadrature, with an
    error below 1e-4; no random number is used. The probabilities sum to 1. ValueError for lists
    of different lengths and for more successes than units.
    """
    import numpy as np
    from scipy.special import betainc, betaincinv, betaln

    if len(successes) != len(units):
        raise ValueError(f"{len(successes)} successes, but {len(units)} units")
    counts = [(checked_count(s), checked_count(n)) for s, n in zip(successes, units, strict=True)]
    if any(s > n for s, n in counts):
        raise ValueError("more successes than units")
    if len(counts) <= 1:
        return [1.0] * len(counts)
    a = np.array([[1.0 + s] for s, _n in counts])
    b = np.array([[1.0 + n - s] for s, n in counts])
    levels = np.array([*QUANTILES, *(1 - one for one in QUANTILES)])
    borders = np.unique(np.concatenate([[0.0, 1.0], betaincinv(a, b, levels).ravel()]))
    places, shares = np.polynomial.legendre.leggauss(NODES)
    half = np.diff(borders)[:, None] / 2
    x = (borders[:-1, None] + half * (places + 1)).ravel()
    width = (half * shares).ravel()
    # A border of 0 or 1 beside a quantile that rounds to it leaves nodes at the very edge.
    inside = (x > 0) & (x < 1)
    x, width = x[inside], width[inside]
    below = betainc(a, b, x)
    density = np.exp((a - 1) * np.log(x) + (b - 1) * np.log1p(-x) - betaln(a, b))
    found = np.array(
        [
            float((density[v] * np.delete(below, v, axis=0).prod(axis=0) * width).sum())
            for v in range(len(counts))
        ]
    )
    return [float(one) for one in found / found.sum()]


def weights(p: Sequence[float], floor: int = DEFAULT_FLOOR) -> list[int]:
    """Return the weights, in basis points, that follow from the probabilities `p` of being best.

    `floor` basis points are split evenly, the others in proportion to `p`; whole numbers by the
    largest remainder, of equal remainders the earlier variant's. The sum is 10,000. ValueError for
    a floor outside of 0 to 10,000 and for negative or no probabilities.
    """
    if not 0 <= checked_count(floor) <= BUCKETS:
        raise ValueError(f"{floor!r} is no floor: from 0 to {BUCKETS}")
    whole = sum(p)
    if not whole > 0 or any(not one >= 0 for one in p):
        raise ValueError("probabilities are not negative, and one is above 0")
    exact = [round(floor / len(p) + (BUCKETS - floor) * (one / whole), DECIMALS) for one in p]
    found = [whole_part(one) for one in exact]
    remainders = [round(one - down, DECIMALS) for one, down in zip(exact, found, strict=True)]
    by_remainder = sorted(range(len(p)), key=lambda place: -remainders[place])
    for place in by_remainder[: BUCKETS - sum(found)]:
        found[place] += 1
    return found
