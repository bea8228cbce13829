"""Products with scores, in the order in which they are recommended."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
# Scores that agree to this number of decimals are equal.
DECIMALS = 12
FUSION_CONSTANT = 60


class Scored(NamedTuple):
    """A product, as its SKU, and its score."""

    sku: str
    score: float


def in_order(scores: Floats, *, first_by: Floats | None = None) -> Places:
    """Return the places of `scores`, the best first; of equal ones the larger `first_by`, then the
    first place, which is that of the lower SKU where SKUs are sorted by code point.
    """
    ties = () if first_by is None else (-first_by,)
    return np.lexsort((np.arange(len(scores)), *ties, -np.round(scores, DECIMALS)))


def positive(scores: Floats) -> Places:
    """Return the places of scores above 0, the best first."""
    places = np.flatnonzero(np.round(scores, DECIMALS) > 0)
    return np.asarray(places[in_order(scores[places])])


def best_places(scores: Floats, most: int) -> Places:
    """Return the places of the `most` best scores above 0, as `positive` orders them."""
    rounded = np.round(scores, DECIMALS)
    places = np.flatnonzero(rounded > 0)
    if len(places) > most:
        # Equal ones at the border stay until they are sorted.
        least = np.partition(rounded[places], -most)[-most]
        places = places[rounded[places] >= least]
    return np.asarray(places[in_order(scores[places])][:most])


def scored_products(
    skus: Sequence[str], places: Places, scores: Floats, most: int | None
) -> list[Scored]:
    """Return the products at `places`, at `most` so many; `scores` are those of all SKUs."""
    return [Scored(skus[place], float(scores[place])) for place in places[:most].tolist()]


def fuse_rankings(rankings: Sequence[tuple[float, Sequence[Scored]]]) -> list[Scored]:
    """Return the products of rankings, each with its weight, the best first, ties by SKU.

    score = sum of w / (60 + rank), rank from 1 (G. Cormack, C. Clarke, S. Buettcher, Reciprocal
    Rank Fusion Outperforms Condorcet and Individual Rank Learning Methods, 2009).
    """
    scores: Mapping[str, list[float]] = defaultdict(list)
    for weight, ranking in rankings:
        for rank, one in enumerate(ranking, 1):
            scores[one.sku].append(weight / (FUSION_CONSTANT + rank))
    found = [Scored(sku, sum(parts)) for sku, parts in scores.items()]
    return sorted(found, key=lambda one: (-round(one.score, DECIMALS), one.sku))
