"""The lists of recommendations, before any business rule.

With `as_of`, an aware instant, they are those of the history of then, computed when asked for;
without it those of the nightly fit. `n` is how many at most.
"""

from collections.abc import Collection
from datetime import datetime

import numpy as np
from django.db.models import Count

from core.clock import now
from customers.models import Customer, Purpose
from customers.privacy.consent import refuses
from personalization.lists.scored import Scored, in_order, positive, scored
from personalization.lists.sparse import csr_matrix
from personalization.recommend.algorithms import ALGORITHMS
from personalization.recommend.catalogue import in_category
from personalization.recommend.complements import merged
from personalization.recommend.history import lines_before
from personalization.recommend.sources import Source
from personalization.recommend.using import using

LIST = 10


def similar(sku: str, *, n: int = LIST, as_of: datetime | None = None) -> list[Scored]:
    """Return what customers bought who bought `sku`, by cosine; nothing for an unknown SKU."""
    source = using(as_of).source
    if sku not in source.places:
        return []
    row = source.similar(source.places[sku])
    scores = np.zeros(len(source.skus))
    scores[row.indices] = row.data
    return scored(source.skus, positive(scores), scores, n)


def complementary(
    skus: str | Collection[str], *, n: int = LIST, as_of: datetime | None = None
) -> list[Scored]:
    """Return what is bought together with `skus`, one SKU or several, by lift.

    Unknown ones do not count; what is among `skus` does not go with them.
    """
    source = using(as_of).source
    asked = dict.fromkeys([skus] if isinstance(skus, str) else skus)
    places = [source.places[sku] for sku in asked if sku in source.places]
    found = merged([source.complements(place) for place in places], len(source.skus))
    order = in_order(found.lifts, first_by=found.together)
    chosen = order[~np.isin(found.places[order], places)][:n]
    return [
        Scored(source.skus[found.places[one]], float(found.lifts[one])) for one in chosen.tolist()
    ]


def trending(
    *, category: str | None = None, n: int = LIST, as_of: datetime | None = None
) -> list[Scored]:
    """Return what more customers buy this week than before, of `category` and those below it.

    LookupError where there is no such category.
    """
    found = using(as_of).source.trends()
    skus = sorted(found if category is None else found.keys() & _skus_of(category))
    scores = np.array([found[sku].score for sku in skus], dtype=np.float64)
    buyers = np.array([found[sku].buyers for sku in skus], dtype=np.float64)
    return scored(skus, in_order(scores, first_by=buyers), scores, n)


def popular(*, n: int = LIST, as_of: datetime | None = None) -> list[Scored]:
    """Return what most customers bought in the last 30 days."""
    found = using(as_of).source.popularity()
    skus = sorted(found)
    scores = np.array([found[sku] for sku in skus], dtype=np.float64)
    return scored(skus, in_order(scores), scores, n)


def personal(
    customer: Customer,
    *,
    algorithm: str | None = None,
    new: bool = False,
    n: int = LIST,
    as_of: datetime | None = None,
) -> list[Scored]:
    """Return what `algorithm` (None: the promoted one) has for a customer by what they bought.

    `new`: without what they have bought. Nothing for who has bought nothing, or refuses
    personalization now. ValueError for an algorithm that there is not.
    """
    if algorithm is not None and algorithm not in ALGORITHMS:
        raise ValueError(f"{algorithm!r} is not one of {', '.join(ALGORITHMS)}")
    if refuses(customer, Purpose.PERSONALIZATION):
        return []
    used = using(as_of)
    counts = bought_by(customer, used.source, as_of)
    if not counts.nnz:
        return []
    name = algorithm or used.algorithm
    scores = ALGORITHMS[name].scores(used.source.fitted(name), counts).ravel()
    if new:
        scores[counts.indices] = 0
    return scored(used.source.skus, positive(scores), scores, n)


def because_of(
    customer: Customer,
    skus: Collection[str],
    *,
    algorithm: str | None = None,
    as_of: datetime | None = None,
) -> dict[str, str]:
    """Return to which SKU that the customer bought each of `skus` owes most, where to one."""
    used = using(as_of)
    counts = bought_by(customer, used.source, as_of)
    name = algorithm or used.algorithm
    found = {}
    for sku in skus:
        if sku in used.source.places and counts.nnz:
            place = used.source.places[sku]
            owed = ALGORITHMS[name].because(used.source.fitted(name), counts, place)
            if owed is not None:
                found[sku] = used.source.skus[owed]
    return found


def goes_with(
    chosen: Collection[str], skus: Collection[str], *, as_of: datetime | None = None
) -> dict[str, str]:
    """Return with which of `skus` each of `chosen` is complementary most, where with any."""
    source = using(as_of).source
    best: dict[str, tuple[float, str]] = {}
    for other in dict.fromkeys(skus):
        if other not in source.places:
            continue
        found = source.complements(source.places[other])
        lifts = dict(zip(found.places.tolist(), found.lifts.tolist(), strict=True))
        for sku in chosen:
            lift = lifts.get(source.places.get(sku, -1))
            if lift is not None and (sku not in best or lift > best[sku][0]):
                best[sku] = lift, other
    return {sku: other for sku, (_lift, other) in best.items()}


def bought_by(customer: Customer, source: Source, as_of: datetime | None) -> csr_matrix:
    """Return in how many orders before `as_of` (None: now) the customer has each SKU of a source,
    as one row.
    """
    lines = lines_before(as_of or now(), with_refusing=True).filter(order__customer=customer)
    rows = lines.order_by().values_list("sku").annotate(found=Count("order", distinct=True))
    found = sorted((source.places[sku], count) for sku, count in rows if sku in source.places)
    columns = np.array([place for place, _count in found], dtype=np.int64)
    data = np.array([count for _place, count in found], dtype=np.float64)
    starts = np.array([0, len(found)])
    return csr_matrix((data, columns, starts), shape=(1, len(source.skus)))


def _skus_of(category: str) -> frozenset[str]:
    found = in_category(category)
    if found is None:
        raise LookupError(category)
    return found
