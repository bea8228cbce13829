"""The mean difference of two figures of the same people, with its 95 % interval."""

from collections.abc import Sequence
from math import sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

# The two-sided 95 % quantile of the normal distribution, as the contract rounds it.
Z = 1.959964
FEWEST = 2


class Interval(NamedTuple):
    """A mean difference and its 95 % interval; NaN throughout where fewer than two pairs say."""

    difference: float
    low: float
    high: float


def paired(a: NDArray[Any] | Sequence[float], b: NDArray[Any] | Sequence[float]) -> Interval:
    """Return the mean of a - b over people, and mean -+ 1.959964 sd / sqrt(n).

    A pair with a NaN is left out: that person has nothing to be measured by. The deviation is that
    of a sample (n - 1). Below two pairs the interval is NaN. ValueError for unequal lengths.
    """
    one, other = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if one.shape != other.shape:
        raise ValueError(f"{one.size} figures, but {other.size} to compare with")
    differences = one - other
    differences = differences[~np.isnan(differences)]
    count = len(differences)
    if count < FEWEST:
        mean = float(differences.mean()) if count else float("nan")
        return Interval(mean, float("nan"), float("nan"))
    mean = float(differences.mean())
    reach = Z * float(differences.std(ddof=1)) / sqrt(count)
    return Interval(mean, mean - reach, mean + reach)
