"""Joins the rankings of several algorithms into one.

score = sum of w / (60 + rank), rank from 1 (G. Cormack, C. Clarke, S. Buettcher, Reciprocal Rank
Fusion Outperforms Condorcet and Individual Rank Learning Methods, 2009).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from personalization.lists.scored import DECIMALS, Scored

CONSTANT = 60


def fuse_rankings(rankings: Sequence[tuple[float, Sequence[Scored]]]) -> list[Scored]:
    """Return the products of rankings, each with its weight, the best first, ties by SKU."""
    scores: Mapping[str, list[float]] = defaultdict(list)
    for weight, ranking in rankings:
        for rank, one in enumerate(ranking, 1):
            scores[one.sku].append(weight / (CONSTANT + rank))
    found = [Scored(sku, sum(parts)) for sku, parts in scores.items()]
    return sorted(found, key=lambda one: (-round(one.score, DECIMALS), one.sku))
