"""Purchases before an instant, as sparse matrices.

Counted are top-level lines with a quantity above 0 and no service, of orders that are sales and
were made before `as_of`. SKUs compare exactly, and are those of the lines.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import Count, QuerySet, Value
from django.db.models.functions import Coalesce

from conditions.sql.row_arrays import rows_with_texts
from customers.models import OrderItem
from customers.purchases import lines_before
from personalization.lists.basket_scores import HALF_LIFE_DAYS
from personalization.lists.scored import Floats, Places, in_order
from personalization.lists.sparse import csr_matrix
from predictions.history.raw_columns import Seconds

MONTH = timedelta(days=30)
SECONDS_OF_DAY = 86_400
NOBODY = 0


def buyers(lines: QuerySet[OrderItem]) -> dict[str, int]:
    """Return the number of customers who bought each SKU."""
    rows = lines.filter(order__customer__isnull=False).order_by().values_list("sku")
    return dict(rows.annotate(found=Count("order__customer", distinct=True)))


@dataclass(frozen=True, eq=False)
class Purchases:
    """The purchases of customers: a row for each customer, a column for each SKU.

    `counts`: the number of orders. `faded`: the same number with each order halved for every 365
    days of its age; the entries of `faded` are at the places of those of `counts`.
    """

    counts: csr_matrix
    faded: csr_matrix

    def select_rows(self, rows: Any) -> "Purchases":
        """Return the purchases of some rows: an array of places, or a slice."""
        return Purchases(self.counts[rows], self.faded[rows])

    @property
    def bought(self) -> csr_matrix:
        """1 for each SKU that the customer bought."""
        found = self.counts.copy()
        found.data = np.ones_like(found.data)
        return found


@dataclass(frozen=True, eq=False)
class History:
    """The purchases of all customers: SKUs by code point, the keys of customers rising.

    `orders` has a row for each order, of known customers or not, and 1 where the order contains the
    SKU. `bought_lately`: the number of known customers who bought each SKU in the last 30 days.
    """

    skus: Sequence[str]
    customers: Places
    purchases: Purchases
    orders: csr_matrix
    bought_lately: Floats

    @property
    def counts(self) -> csr_matrix:
        """The number of orders of each customer with each SKU."""
        return self.purchases.counts

    @cached_property
    def places(self) -> dict[str, int]:
        """The column of each SKU."""
        return {sku: place for place, sku in enumerate(self.skus)}

    @cached_property
    def bought(self) -> csr_matrix:
        """As `counts`, with 1 for each SKU that the customer bought."""
        return self.purchases.bought

    @cached_property
    def buyers(self) -> Floats:
        """The number of known customers who bought each SKU."""
        return np.asarray(self.bought.sum(axis=0)).ravel()

    @cached_property
    def in_orders(self) -> Floats:
        """The number of orders that contain each SKU."""
        return np.asarray(self.orders.sum(axis=0)).ravel()


def history(lines: QuerySet[OrderItem], as_of: datetime) -> History:
    """Return the history of `lines`; purchases fade by their age at an aware instant."""
    rows: Any = lines.values_list(
        "order", Coalesce("order__customer", Value(NOBODY)), Seconds("order__created_at"), "sku"
    )
    (orders, customers, seconds), (texts,) = rows_with_texts(rows, 3, 1)
    skus = sorted(set(texts))
    places = {sku: place for place, sku in enumerate(skus)}
    items = np.fromiter((places[sku] for sku in texts), dtype=np.int64, count=len(texts))
    width = max(len(skus), 1)
    order_keys, order_rows = np.unique(orders, return_inverse=True)
    # An order with a SKU on several lines counts once.
    _once, first = np.unique(order_rows * width + items, return_index=True)
    order_rows, items = order_rows[first], items[first]
    customers, seconds = customers[first], seconds[first]
    is_known = customers != NOBODY
    keys, customer_rows = np.unique(customers[is_known], return_inverse=True)
    known, shape = items[is_known], (len(keys), len(skus))
    weights = faded(seconds[is_known], as_of)
    is_late = seconds[is_known] >= (as_of - MONTH).timestamp()
    lately = _matrix(customer_rows[is_late], known[is_late], shape)
    return History(
        skus,
        keys,
        Purchases(
            _matrix(customer_rows, known, shape), _matrix(customer_rows, known, shape, weights)
        ),
        _matrix(order_rows, items, (len(order_keys), len(skus))),
        np.bincount(lately.indices, minlength=len(skus)).astype(np.float64),
    )


def core_places(known: History) -> Places:
    """Return the places of the most bought SKUs (`LIST_CORE_SKUS`, ties by SKU), rising."""
    return np.sort(in_order(known.buyers)[: settings.LIST_CORE_SKUS])


def faded(seconds: Places, as_of: datetime) -> Floats:
    """Return 2^(-age / 365 days) of orders at seconds since 1970, as of an aware instant."""
    days = (as_of.timestamp() - np.asarray(seconds, dtype=np.float64)) / SECONDS_OF_DAY
    return np.asarray(np.exp2(-np.maximum(days, 0) / HALF_LIFE_DAYS))


def _matrix(
    rows: Places, columns: Places, shape: tuple[int, int], weights: Floats | None = None
) -> csr_matrix:
    data = np.ones(len(rows)) if weights is None else weights
    return csr_matrix((data, (rows, columns)), shape=shape)


def popularity(as_of: datetime, *, with_refusing: bool = False) -> Mapping[str, int]:
    """Return how many customers bought each SKU in the 30 days before an aware instant."""
    return buyers(lines_before(as_of, as_of - MONTH, with_refusing=with_refusing))
