"""Customers as vectors of their purchases: a row for each customer, a column for each SKU."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from django.db.models import QuerySet
from numpy.typing import NDArray

from conditions.sql.row_arrays import rows_with_texts
from customers.models import Customer
from customers.purchases import lines_before

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class PurchaseVectors:
    """The customers in scope who bought something, ordered by their id as text.

    `ids` are the shop's ids and `keys` the internal ones, in the order of the rows of `rows`: unit
    vectors (all 0 for a customer who only bought what everybody bought). `scope_count` counts the
    customers in scope, those without a purchase too.
    """

    ids: Sequence[str]
    keys: Places
    rows: "csr_matrix"
    scope_count: int

    def rows_of(self, keys: Places) -> Places:
        """Return the ascending row indices of those internal keys that have a row."""
        found: Places = np.flatnonzero(np.isin(self.keys, keys)).astype(np.int64)
        return found


def load_purchase_vectors(
    customers: QuerySet[Customer], as_of: datetime, leave_out: Sequence[str]
) -> PurchaseVectors:
    """Return the purchases of `customers` before `as_of` as vectors; two queries.

    x_u has ln(N / n_i) for each SKU that the customer bought, scaled to length 1: N counts the
    customers with a purchase, n_i those who bought the SKU. Without the SKUs of `leave_out`.
    """
    people: Any = customers.values_list("pk", "external_id")
    (keys,), (texts,) = rows_with_texts(people, 1, 1)
    lines = lines_before(as_of).filter(order__customer__in=customers.order_by().values("pk"))
    if leave_out:
        lines = lines.exclude(sku__in=leave_out)
    pairs: Any = lines.values_list("order__customer", "sku").distinct()
    (buyers,), (skus,) = rows_with_texts(pairs, 1, 1)
    order = np.array(sorted(range(len(texts)), key=texts.__getitem__), dtype=np.int64)
    order = order[np.isin(keys[order], buyers)]
    ids, keys = [texts[place] for place in order], keys[order]
    return PurchaseVectors(ids, keys, _unit_rows(keys, buyers, skus), len(texts))


def _unit_rows(keys: Places, buyers: Places, skus: Sequence[str]) -> "csr_matrix":
    # Import scipy late, because loading it takes a while.
    from scipy.sparse import csr_matrix

    if not len(keys):
        return csr_matrix((0, 1))
    by_key = np.argsort(keys, kind="stable")
    # A customer erased between the two queries has no row.
    is_known = np.isin(buyers, keys)
    place = np.searchsorted(keys, buyers[is_known], sorter=by_key)
    row = by_key[place]
    # Sorted by code point, so that sums have the same order on every database.
    columns = {sku: number for number, sku in enumerate(sorted(set(skus)))}
    column = np.fromiter((columns[sku] for sku in skus), dtype=np.int64, count=len(skus))
    shape = (len(keys), max(len(columns), 1))
    found = csr_matrix((np.ones(len(row)), (row, column[is_known])), shape=shape)
    found.sort_indices()
    counts = np.bincount(found.indices, minlength=shape[1])
    found.data = np.log(shape[0] / counts[found.indices])
    lengths = np.sqrt(np.add.reduceat(found.data**2, found.indptr[:-1]))
    found.data /= np.repeat(np.where(lengths > 0, lengths, 1.0), np.diff(found.indptr))
    return found
