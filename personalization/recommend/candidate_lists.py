"""The lists of recommendations, before any business rule.

With `as_of`, an aware instant, they are those of the history of then, computed when asked for;
without it those of the nightly fit. `n` is how many at most.
"""

from collections.abc import Collection
from datetime import datetime

import numpy as np

from core.clock import now
from customers.models import Customer, Purpose
from customers.privacy.consent import refuses
from customers.purchases import lines_before
from personalization.lists.mixture import AGAIN, DISCOVER
from personalization.lists.scored import Scored, in_order, positive, scored_products
from personalization.lists.sparse import csr_matrix
from personalization.recommend.algorithms import COUNTERS, NAMES, SEQUENCE, SERVING, Parameters
from personalization.recommend.algorithms.next_basket import NEXT_BASKET
from personalization.recommend.algorithms.personal_frequency import bought_place
from personalization.recommend.catalogue import in_category
from personalization.recommend.history.complements import merge_complements
from personalization.recommend.history.purchases import Purchases, faded
from personalization.recommend.sources.shared_reads import read_once
from personalization.recommend.sources.source import Source
from personalization.recommend.sources.stored_candidates import stored_candidates
from personalization.recommend.sources.using import source_at, using
from predictions.history.raw_columns import Seconds

LIST = 10


def similar(sku: str, *, n: int = LIST, as_of: datetime | None = None) -> list[Scored]:
    """Return what customers bought who bought `sku`, by cosine; nothing for an unknown SKU."""
    source = source_at(as_of)
    if sku not in source.places:
        return []
    row = source.similar(source.places[sku])
    scores = np.zeros(len(source.skus))
    scores[row.indices] = row.data
    return scored_products(source.skus, positive(scores), scores, n)


def complementary(
    skus: str | Collection[str], *, n: int = LIST, as_of: datetime | None = None
) -> list[Scored]:
    """Return the products bought together with `skus`, one SKU or several, by lift.

    Unknown SKUs do not count; the result has none of `skus`.
    """
    source = source_at(as_of)
    asked = dict.fromkeys([skus] if isinstance(skus, str) else skus)
    places = [source.places[sku] for sku in asked if sku in source.places]
    found = merge_complements([source.complements(place) for place in places], len(source.skus))
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
    found = source_at(as_of).trends()
    skus = sorted(found if category is None else found.keys() & _skus_of(category))
    scores = np.array([found[sku].score for sku in skus], dtype=np.float64)
    buyers = np.array([found[sku].buyers for sku in skus], dtype=np.float64)
    return scored_products(skus, in_order(scores, first_by=buyers), scores, n)


def popular(*, n: int = LIST, as_of: datetime | None = None) -> list[Scored]:
    """Return the products that most customers bought in the last 30 days."""
    found = source_at(as_of).popularity()
    skus = sorted(found)
    scores = np.array([found[sku] for sku in skus], dtype=np.float64)
    return scored_products(skus, in_order(scores), scores, n)


def personal(
    customer: Customer,
    *,
    algorithm: str | None = NEXT_BASKET.name,
    parameters: Parameters | None = None,
    new: bool = False,
    n: int = LIST,
    as_of: datetime | None = None,
) -> list[Scored]:
    """Return what `algorithm` has for a customer by what they bought.

    `algorithm` None: the one that serves the list `again` of the customer's website, or with `new`
    the list `discover`. `parameters`, `e` and `beta`, are those chosen for the fit where they are
    not given. `new`: without what the customer has bought. The list is empty for a customer who
    has bought nothing, or refuses personalization now. ValueError for an unknown algorithm.
    """
    if algorithm is not None and algorithm not in {*NAMES, *SERVING}:
        raise ValueError(f"{algorithm!r} is not one of {', '.join(NAMES)}")
    if read_once(("refuses", customer.pk), lambda: refuses(customer, Purpose.PERSONALIZATION)):
        return []
    used = using(as_of, customer.website.code)
    purchases = bought_by(customer, used.source, as_of)
    if not purchases.counts.nnz:
        return []
    wish = DISCOVER if new else AGAIN
    name = used.algorithm(algorithm) if algorithm else used.lists[wish].algorithm
    name = answering(customer, name, wish, as_of=as_of)
    if name == SEQUENCE:
        own = {used.source.skus[place] for place in purchases.counts.indices.tolist()}
        stored = _stored_candidates(customer, wish)
        return [one for one in stored if not new or one.sku not in own][:n]
    fitted = used.source.fitted(name)
    scores = (
        SERVING[name]
        .scores(fitted, purchases, used.source.chosen if parameters is None else parameters)
        .ravel()
    )
    if new:
        scores[purchases.counts.indices] = 0
    return scored_products(used.source.skus, positive(scores), scores, n)


def unsold(customer: Customer, *, n: int = LIST, as_of: datetime | None = None) -> list[Scored]:
    """Return products in their first 30 days without a sale, by the sum of cosines to the SKUs that
    the customer bought; empty for a customer as `personal` is.
    """
    if read_once(("refuses", customer.pk), lambda: refuses(customer, Purpose.PERSONALIZATION)):
        return []
    source = source_at(as_of)
    purchases = bought_by(customer, source, as_of)
    skus, cosines = source.new_products
    if not skus or not purchases.counts.nnz:
        return []
    scores = (cosines @ purchases.bought.T).toarray().ravel()
    return scored_products(skus, positive(scores), scores, n)


def answering(
    customer: Customer, algorithm: str, wish: str, *, as_of: datetime | None = None
) -> str:
    """Return the algorithm that answers a customer for `algorithm`: the counter of the list where
    a network has nothing stored for the customer, or for that moment.
    """
    if algorithm != SEQUENCE:
        return algorithm
    has_some = as_of is None and bool(_stored_candidates(customer, wish))
    return SEQUENCE if has_some else COUNTERS[wish].name


def _stored_candidates(customer: Customer, wish: str) -> list[Scored]:
    key = "candidates", customer.pk, wish
    return read_once(key, lambda: stored_candidates(customer, wish))


def because_of(
    customer: Customer, skus: Collection[str], *, algorithm: str, as_of: datetime | None = None
) -> dict[str, str]:
    """Return to which SKU that the customer bought each of `skus` owes most, where to one.

    `algorithm` scored them.
    """
    used = using(as_of, customer.website.code)
    purchases = bought_by(customer, used.source, as_of)
    name = used.algorithm(algorithm)
    found = {}
    for sku in skus:
        if sku in used.source.places and purchases.counts.nnz:
            place = used.source.places[sku]
            owed = (
                bought_place(purchases, place)
                if name == SEQUENCE
                else SERVING[name].because(used.source.fitted(name), purchases, place)
            )
            if owed is not None:
                found[sku] = used.source.skus[owed]
    return found


def goes_with(
    chosen: Collection[str], skus: Collection[str], *, as_of: datetime | None = None
) -> dict[str, str]:
    """Return with which of `skus` each of `chosen` is complementary most, where with any."""
    source = source_at(as_of)
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


def bought_by(customer: Customer, source: Source, as_of: datetime | None) -> Purchases:
    """Return what the customer bought before `as_of` (None: now) of the SKUs of a source, as one
    row.
    """
    key = "purchases", customer.pk, source, as_of
    return read_once(key, lambda: _purchases(customer, source, as_of or now()))


def _purchases(customer: Customer, source: Source, at: datetime) -> Purchases:
    lines = lines_before(at, with_refusing=True).filter(order__customer=customer)
    rows = lines.order_by().values_list("sku", "order", Seconds("order__created_at")).distinct()
    orders = [
        (source.places[sku], seconds) for sku, _order, seconds in rows if sku in source.places
    ]
    places = np.array([place for place, _seconds in orders], dtype=np.int64)
    weights = faded(np.array([seconds for _place, seconds in orders], dtype=np.int64), at)
    counts, fading = (
        # Made of coordinates, entries of one SKU are summed, in the order of places.
        csr_matrix((data, (np.zeros_like(places), places)), shape=(1, len(source.skus)))
        for data in (np.ones(len(places)), weights)
    )
    return Purchases(counts, fading)


def _skus_of(category: str) -> frozenset[str]:
    found = in_category(category)
    if found is None:
        raise LookupError(category)
    return found
