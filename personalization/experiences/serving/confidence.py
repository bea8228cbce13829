"""How likely it is that a variant converts better than the default; pure.

Both rates are taken as Beta(1 + conversions, 1 + exposures - conversions); the probability that one
is above the other is a finite sum (E. Miller, Formulas for Bayesian A/B testing, 2015).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

UNKNOWN = 0.5
DECIMALS = 4


@dataclass(frozen=True, slots=True)
class Counts:
    """How often something was shown, and how many of these an order followed."""

    exposures: int = 0
    conversions: int = 0


NONE = Counts()


@lru_cache(maxsize=10_000)
def confidence(variant: Counts, default: Counts) -> float:
    """Return P(rate of `variant` > rate of `default`), with 4 decimals; 0.5 where neither is known.

    500 of 10,000 for the default and 560 of 10,000 for the variant: 0.9708.
    """
    if NONE in (variant, default):
        return UNKNOWN
    return round(_above(variant, default), DECIMALS)


def _above(one: Counts, other: Counts) -> float:
    # Heavy: a web process loads it when somebody asks for the first time.
    from scipy.special import betaln, logsumexp

    a, b = 1 + one.conversions, 1 + one.exposures - one.conversions
    c, d = 1 + other.conversions, 1 + other.exposures - other.conversions
    # As many terms as the first has conversions: of the two ways round, the shorter one.
    if a > c:
        return 1 - _above(other, one)
    i = np.arange(a)
    terms = betaln(c + i, b + d) - np.log(b + i) - betaln(1 + i, b) - betaln(c, d)
    return float(np.exp(min(logsumexp(terms), 0.0)))
