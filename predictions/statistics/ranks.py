"""Ranks and percentiles: pure functions of whole numbers."""

from collections import Counter
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from predictions.history.columns import Whole

T = TypeVar("T")
PARTS = 5


def nearest_rank(counts: Counter[int], percent: int) -> int | None:
    """Return the nearest-rank percentile (1 to 100): the sorted value number ceil(p x n).

    `counts` has how often each value stands; None where there is none.
    """
    total = counts.total()
    place = -(-percent * total // 100)
    for value in sorted(counts):
        place -= counts[value]
        if place <= 0 and counts[value]:
            return value
    return None


def nearest_rank_of(values: Sequence[T], percent: int) -> T:
    """Return the nearest-rank percentile of sorted `values`, of which there is one at least."""
    return values[max(-(-percent * len(values) // 100), 1) - 1]


def limits(values: Whole, parts: int = PARTS) -> tuple[int | None, ...]:
    """Return from which value on each of the scores 2 to `parts` is given; None: by nobody.

    The score of a value is 1 + floor(parts x (values strictly smaller) / values), so that equal
    values have equal scores. `values` are sorted; larger is better.
    """
    found: list[int | None] = []
    for part in range(1, parts):
        smaller = -(-part * len(values) // parts)  # So many have to be strictly smaller.
        if smaller < len(values) and np.searchsorted(values, values[smaller]) < smaller:
            smaller = int(np.searchsorted(values, values[smaller], side="right"))
        found.append(int(values[smaller]) if smaller < len(values) else None)
    return tuple(found)


def scores(values: Whole, limits: Sequence[int | None]) -> Whole:
    """Return the scores of `values`, from 1 on, by what `limits` returned."""
    rising = np.array([limit for limit in limits if limit is not None], dtype=values.dtype)
    return 1 + np.searchsorted(rising, values, side="right")
