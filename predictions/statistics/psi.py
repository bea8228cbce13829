"""The population stability index: how far a feature has drifted from the training rows.

The index is the sum over the bins of (a - e) x ln(a / e), where a is the share of current rows in
the bin and e the share of training rows, each at least 0.0001. The inner deciles of the training
rows are the bin edges; a number equal to an edge belongs to the lower bin, equal edges are merged,
and missing values have a bin of their own.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import fsum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
LEAST_SHARE = 0.0001
# The number of decimals to which figures are shown, stored and compared.
PLACES = 6


@dataclass(frozen=True)
class Bins:
    """The distribution of a feature in the training rows: inner edges, and a count per bin.

    The last count is that of missing values. `least` and `most` are None if all values are missing.
    """

    edges: list[float]
    counts: list[int]
    least: float | None
    most: float | None

    @classmethod
    def fit(cls, values: Numbers) -> "Bins":
        """Return the bins of the values of training rows; NaN is a missing value."""
        known = np.sort(values[~np.isnan(values)])
        n = len(known)
        # The nearest-rank decile is the number with place ceil(n x tenths / 10), from 1.
        places = [-(-n * tenths // 10) - 1 for tenths in range(1, 10)] if n else []
        edges = np.unique(known[places]).tolist()
        counts = count_by_bin(edges, values).tolist()
        return cls(edges, counts, *((float(known[0]), float(known[-1])) if n else (None, None)))

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> "Bins":
        """Return the bins that `plain` has serialized."""
        return cls(**plain)

    def plain(self) -> dict[str, Any]:
        """Return the bins as JSON."""
        return asdict(self)


def count_by_bin(edges: Sequence[float], values: Numbers) -> NDArray[np.int64]:
    """Return the number of `values` in each bin; the last number counts missing values (NaN)."""
    known = values[~np.isnan(values)]
    bins = np.bincount(np.searchsorted(np.array(edges), known), minlength=len(edges) + 1)
    return np.append(bins, len(values) - len(known)).astype(np.int64)


def psi(expected: Sequence[int], actual: Sequence[int]) -> float | None:
    """Return the index of two counts of the same bins, to 6 decimals; None if either is empty."""
    before, after = (np.array(one, dtype=np.float64) for one in (expected, actual))
    if not before.sum() or not after.sum():
        return None
    e, a = (np.maximum(one / one.sum(), LEAST_SHARE) for one in (before, after))
    terms: list[float] = ((a - e) * np.log(a / e)).tolist()
    return round(fsum(terms), PLACES)
