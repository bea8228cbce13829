"""Session scores: what goes with the products that a shopper looked at last.

s_j = sum over k of 0.8^k (view(v_k, j) + near(v_k, j)), v_0 the newest, j none of them.
near = 0.1 x (1, or 2 for the same brand) x min(p_i, p_j) / max(p_i, p_j), where a price that is
unknown or 0 makes the ratio 0.5, for the 100 most viewed SKUs of each category of v_k; else 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from personalization.lists.scored import DECIMALS, Floats, Scored
from personalization.recommend.catalogue import categories_of
from personalization.recommend.session.views import ViewModel

FADING, NEARNESS, UNKNOWN_RATIO = 0.8, 0.1, 0.5
# How much of the list's own largest score the largest session score weighs.
WEIGHT = 0.5


@dataclass(frozen=True)
class SessionScore:
    """The session score of a SKU, and the SKU looked at to which it owes most."""

    score: float
    owed_to: str


def session_scores(model: ViewModel, recent: Sequence[str]) -> Mapping[str, SessionScore]:
    """Return the scores above 0 by SKU; `recent` are the SKUs looked at, newest first."""
    size = len(model.skus)
    total, largest = np.zeros(size), np.zeros(size)
    owed = np.zeros(size, dtype=np.int64)
    categories = categories_of(recent)
    for k, sku in enumerate(recent):
        part = FADING**k * _beside(model, sku, categories.get(sku, frozenset()))
        total += part
        is_larger = part > largest
        owed[is_larger] = k
        largest = np.maximum(largest, part)
    for sku in recent:
        if sku in model.places:
            total[model.places[sku]] = 0
    return {
        model.skus[place]: SessionScore(float(total[place]), recent[owed[place]])
        for place in np.flatnonzero(total > 0).tolist()
    }


def raised_by_session(candidates: Sequence[Scored], session: Mapping[str, float]) -> list[Scored]:
    """Return candidates by top(score) + 0.5 top(s), with what only the session has, best first.

    `session` holds the session scores of the candidates of this list; top divides by the largest.
    """
    most = max((one.score for one in candidates), default=0.0)
    most_of_session = max(session.values(), default=0.0)
    found = {one.sku: one.score / most if most > 0 else 0.0 for one in candidates}
    for sku, score in session.items():
        found[sku] = found.get(sku, 0.0) + WEIGHT * score / most_of_session
    scored = [Scored(sku, score) for sku, score in found.items()]
    return sorted(scored, key=lambda one: (-round(one.score, DECIMALS), one.sku))


def _beside(model: ViewModel, sku: str, categories: frozenset[str]) -> Floats:
    """Return view(sku, j) + near(sku, j) of all SKUs."""
    found = np.zeros(len(model.skus))
    place = model.places.get(sku)
    if place is not None:
        row = model.pairs[[place]]
        found[row.indices] += row.data
    rows = [model.categories[code] for code in categories if code in model.categories]
    if rows:
        near = np.unique(model.members[rows].indices)
        found[near] += NEARNESS * _brand_factor(model, place, near) * _ratio(model, place, near)
    return found


def _brand_factor(model: ViewModel, place: int | None, near: Floats) -> Floats:
    brand = 0 if place is None else model.brands[place]
    same = (model.brands[near] == brand) & (brand != 0)
    return np.where(same, 2.0, 1.0)


def _ratio(model: ViewModel, place: int | None, near: Floats) -> Floats:
    own = np.nan if place is None else model.prices[place]
    others = model.prices[near]
    low, high = np.minimum(own, others), np.maximum(own, others)
    is_known = (low > 0) & np.isfinite(high)
    return np.where(is_known, low / np.where(is_known, high, 1.0), UNKNOWN_RATIO)
