"""Baskets of customers in the order of time: the input of the network of `sequence`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import QuerySet

from conditions.sql.row_arrays import rows_with_texts
from customers.models import Customer, OrderItem
from personalization.lists.scored import Places
from predictions.history.raw_columns import Seconds

# The number of a customer's last baskets that the network reads.
MOST_BASKETS = 50
# The most customers in one query: each is a parameter of SQL.
TOGETHER = 5_000


@dataclass(frozen=True, eq=False)
class Baskets:
    """Baskets of customers, the oldest first; places of SKUs count within the core.

    Basket b has `items[starts[b]:starts[b + 1]]`, the customer of row r the baskets
    `first[r]:first[r + 1]`. `customers` are internal keys, rising.
    """

    customers: Places
    first: Places
    starts: Places
    items: Places

    def select_rows(self, rows: Places, *, most: int = MOST_BASKETS) -> "Baskets":
        """Return the last `most` baskets of the customers in `rows`, in the order of `rows`."""
        begins = np.maximum(self.first[rows], self.first[rows + 1] - most)
        baskets = _ranges(begins, self.first[rows + 1])
        items = _ranges(self.starts[baskets], self.starts[baskets + 1])
        return Baskets(
            self.customers[rows],
            _offsets(self.first[rows + 1] - begins),
            _offsets(self.starts[baskets + 1] - self.starts[baskets]),
            self.items[items],
        )

    def row_of(self, customers: Places) -> Places:
        """Return the row of each customer, -1 where they have no basket."""
        if not len(self.customers):
            return np.full(len(customers), -1, dtype=np.int64)
        rows = np.minimum(np.searchsorted(self.customers, customers), len(self.customers) - 1)
        return np.where(self.customers[rows] == customers, rows, -1)


def read_baskets(lines: QuerySet[OrderItem], core: Sequence[str]) -> Baskets:
    """Return the baskets of known customers in `lines`, as far as they have SKUs of the core."""
    places: Mapping[str, int] = {sku: place for place, sku in enumerate(core)}
    rows = lines.filter(order__customer__isnull=False).values_list(
        "order", "order__customer", Seconds("order__created_at"), "sku"
    )
    (orders, customers, seconds), (texts,) = rows_with_texts(rows, 3, 1)
    items = np.fromiter((places.get(sku, -1) for sku in texts), np.int64, count=len(texts))
    # Rows of one order and SKU lie together, and count once.
    order = np.lexsort((items, orders, seconds, customers))
    order = order[items[order] >= 0]
    orders, customers, items = orders[order], customers[order], items[order]
    is_new_basket = _changes(orders)
    is_kept = is_new_basket | _changes(items)
    orders, customers, items = orders[is_kept], customers[is_kept], items[is_kept]
    starts = np.flatnonzero(_changes(orders))
    owners = customers[starts]
    begins = np.flatnonzero(_changes(owners))
    return Baskets(
        owners[begins],
        np.append(begins, len(owners)),
        np.append(starts, len(items)),
        items,
    )


def rows_to_learn(baskets: Baskets) -> tuple[Places, list[str]]:
    """Return the rows of customers with two baskets or more, and the customers' numbers.

    A customer who has been deleted has the number "".
    """
    rows = np.flatnonzero(np.diff(baskets.first) > 1)
    numbers = list[str]()
    for start in range(0, len(rows), TOGETHER):
        some = baskets.customers[rows[start : start + TOGETHER]].tolist()
        found = dict(Customer.objects.filter(pk__in=some).values_list("pk", "external_id"))
        numbers += [found.get(pk, "") for pk in some]
    return rows, numbers


def _changes(values: Places) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return where a value is another one than that before it; the first one is."""
    return np.append(True, values[1:] != values[:-1])[: len(values)]


def _offsets(lengths: Places) -> Places:
    return np.append(0, np.cumsum(lengths))


def _ranges(begins: Places, ends: Places) -> Places:
    """Return the numbers of all half-open ranges, one after the other."""
    lengths = ends - begins
    shifts = np.repeat(begins - _offsets(lengths)[:-1], lengths)
    return np.arange(lengths.sum()) + shifts
