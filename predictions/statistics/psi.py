"""The population stability index: how far a feature has moved from the rows of a training.

The sum over the bins of (a - e) x ln(a / e), a being the share of the rows now and e that of the
training's, each at least 0.0001. Bins lie between the inner deciles of the training; a number on
an edge lies below it, equal edges are one, and what is missing has a bin of its own.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import fsum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
LEAST_SHARE = 0.0001
# As figures are shown, stored and compared.
PLACES = 6


@dataclass(frozen=True)
class Bins:
    """How a feature lay in the training: inner edges, counts of each bin, then of the missing.

    `least` and `most` are None where it was missing for everybody.
    """

    edges: list[float]
    counts: list[int]
    least: float | None
    most: float | None

    @classmethod
    def of(cls, values: Numbers) -> "Bins":
        """Return the bins of training rows; NaN is missing."""
        known = np.sort(values[~np.isnan(values)])
        n = len(known)
        # The nearest-rank decile is the number with place ceil(n x tenths / 10), from 1.
        places = [-(-n * tenths // 10) - 1 for tenths in range(1, 10)] if n else []
        edges = np.unique(known[places]).tolist()
        counts = counted(edges, values).tolist()
        return cls(edges, counts, *((float(known[0]), float(known[-1])) if n else (None, None)))

    @classmethod
    def stored(cls, plain: dict[str, Any]) -> "Bins":
        """Return bins as `plain` has told them."""
        return cls(**plain)

    def plain(self) -> dict[str, Any]:
        """Return them as JSON."""
        return asdict(self)


def counted(edges: Sequence[float], values: Numbers) -> NDArray[np.int64]:
    """Return how many of `values` are in each bin, and last how many are missing (NaN)."""
    known = values[~np.isnan(values)]
    bins = np.bincount(np.searchsorted(np.array(edges), known), minlength=len(edges) + 1)
    return np.append(bins, len(values) - len(known)).astype(np.int64)


def psi(expected: Sequence[int], actual: Sequence[int]) -> float | None:
    """Return the index for counts of the same bins, to 6 decimals; None where one has no rows."""
    before, after = (np.array(one, dtype=np.float64) for one in (expected, actual))
    if not before.sum() or not after.sum():
        return None
    e, a = (np.maximum(one / one.sum(), LEAST_SHARE) for one in (before, after))
    terms: list[float] = ((a - e) * np.log(a / e)).tolist()
    return round(fsum(terms), PLACES)
