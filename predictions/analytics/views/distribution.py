"""How amounts are spread: a pure function of whole numbers, in units of 1/10,000."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count, pairwise

from predictions.statistics.ranks import nearest_rank_of

BINS = 20
# Up to this nearest-rank percentile the bins are of one width, so that a few large amounts do not
# leave all others in one bin.
MOST = 95
# Round widths, from ten cents on; ten times as much are others, and so on.
ROUND = (1000, 2000, 2500, 5000)
# The nearest-rank percentiles that are called deciles.
DECILES = range(10, 100, 10)


@dataclass(frozen=True)
class Bin:
    """How many amounts are at least `low` and below `high`; in the last bin `high` itself too."""

    low: int
    high: int
    count: int


@dataclass(frozen=True)
class Distribution:
    """`gini`: 0 where all are equal, towards 1 where one has all; None of nothing, or below it."""

    total: int
    deciles: Sequence[int]
    gini: Fraction | None
    bins: Sequence[Bin]


def distribution(amounts: Sequence[int]) -> Distribution:
    """Return how `amounts`, in rising order, are spread; of none there are no bins, no deciles.

    The bins begin at round amounts and are equally wide, but for the last: it reaches up to the
    greatest amount, where that is further off.
    """
    if not amounts:
        return Distribution(0, (), None, ())
    total = sum(amounts)
    return Distribution(
        total,
        [nearest_rank_of(amounts, percent) for percent in DECILES],
        _gini(amounts, total),
        _bins(amounts),
    )


def _gini(amounts: Sequence[int], total: int) -> Fraction | None:
    """Return 2 x (sum of rank x amount) / (n x total) - (n + 1) / n."""
    if amounts[0] < 0 or not total:
        return None
    count = len(amounts)
    weighted = sum(rank * amount for rank, amount in enumerate(amounts, 1))
    return Fraction(2 * weighted, count * total) - Fraction(count + 1, count)


def _bins(amounts: Sequence[int]) -> list[Bin]:
    least, greatest = amounts[0], amounts[-1]
    step = _step(least, nearest_rank_of(amounts, MOST))
    first = least // step * step
    edges = [first + number * step for number in range(BINS)]
    edges.append(max(greatest, edges[-1] + step))
    below = [*(bisect_left(amounts, edge) for edge in edges[:-1]), len(amounts)]
    counts = [later - earlier for earlier, later in pairwise(below)]
    return [Bin(*ends, inside) for ends, inside in zip(pairwise(edges), counts, strict=True)]


def _step(least: int, high: int) -> int:
    """Return the smallest round width with which all bins but the last reach up to `high`."""
    steps: Iterator[int] = (part * 10**power for power in count() for part in ROUND)
    return next(step for step in steps if least // step * step + (BINS - 1) * step >= high)
