"""`complementary`: SKUs of another category that share orders more often than by chance.

lift = o_ij N / (o_i o_j), where o counts orders, N all of them, of pairs with o_ij >= 3.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from personalization.lists.scored import Floats, Places
from personalization.lists.sparse import csr_matrix
from personalization.recommend.history.purchases import History

FEWEST = 3


class Complements(NamedTuple):
    """The complements of one SKU: their places, the lifts, the numbers of orders with both."""

    places: Places
    lifts: Floats
    together: Floats


def kinds(history: History, categories: Mapping[str, frozenset[str]]) -> csr_matrix:
    """Return a row for each SKU, with 1 for each category that it is in."""
    places = {
        code: place for place, code in enumerate(sorted(frozenset().union(*categories.values())))
    }
    pairs = [
        (row, places[code])
        for row, sku in enumerate(history.skus)
        for code in categories.get(sku, ())
    ]
    rows, columns = zip(*pairs, strict=True) if pairs else ((), ())
    return csr_matrix(
        (np.ones(len(pairs)), (rows, columns)), shape=(len(history.skus), len(places))
    )


def complements(history: History, place: int, row: csr_matrix, of_kinds: csr_matrix) -> Complements:
    """Return the complements of the SKU at `place`.

    `row` has the number of orders with both SKUs (a row of `grams` of `history.orders`). SKUs that
    share a category with the SKU (`kinds`) are left out; SKUs without a category are not.
    """
    is_left_out = np.zeros(len(history.skus), dtype=bool)
    is_left_out[(of_kinds[[place]] @ of_kinds.T).tocsr().indices] = True
    is_left_out[place] = True
    kept = (row.data >= FEWEST) & ~is_left_out[row.indices]
    columns, both = row.indices[kept].astype(np.int64), row.data[kept]
    orders = history.orders.shape[0]
    lifts = both * orders / (history.in_orders[place] * history.in_orders[columns])
    return Complements(columns, lifts, both)


def merge_complements(parts: list[Complements], size: int) -> Complements:
    """Return the complements of a set of SKUs, by the largest lift; on a tie, that of more orders.

    `size` is the number of all SKUs.
    """
    lifts, together = np.zeros(size), np.zeros(size)
    for one in parts:
        old, new = np.round(lifts[one.places], 12), np.round(one.lifts, 12)
        better = (new > old) | ((new == old) & (one.together > together[one.places]))
        where = one.places[better]
        lifts[where], together[where] = one.lifts[better], one.together[better]
    places = np.flatnonzero(lifts > 0)
    return Complements(places, lifts[places], together[places])
