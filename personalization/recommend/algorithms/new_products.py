"""Products without a sale yet in their first 30 days, and what they resemble."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from customers.models import Product
from customers.purchases import SERVICE
from personalization.lists.nearest import largest
from personalization.lists.sparse import csr_matrix, vstack
from personalization.recommend.algorithms.content_based import weighted_terms
from personalization.recommend.history.purchases import History

NEW_FOR = timedelta(days=30)
# The number of new products, the newest, that can get a place; and the SKUs that each resembles.
MOST, KEPT = 1_000, 200
# The number of new products whose cosines to all SKUs are in memory at once.
TOGETHER = 64


class NewProducts(NamedTuple):
    """SKUs by code point, and a row for each: the cosines to the SKUs of a history."""

    skus: Sequence[str]
    cosines: csr_matrix


def new_products(known: History, as_of: datetime) -> NewProducts:
    """Return the products created in the 30 days before `as_of` that are not in the history.

    The cosines are those of `content_based`, with the terms of the new products among all others.
    """
    rows = Product.objects.filter(created_at__gt=as_of - NEW_FOR, created_at__lte=as_of)
    rows = rows.exclude(product_type=SERVICE).order_by("-created_at", "sku")
    newest = (sku for sku in rows.values_list("sku", flat=True) if sku not in known.places)
    skus = sorted(sku for sku, _place in zip(newest, range(MOST), strict=False))
    size = len(known.skus)
    if not skus or not size:
        return NewProducts([], csr_matrix((0, size)))
    terms = weighted_terms([*known.skus, *skus])
    known_terms, blocks = terms[:size].T, []
    for start in range(size, size + len(skus), TOGETHER):
        block = (terms[start : start + TOGETHER] @ known_terms).tocsr()
        # Of equal cosines, the first SKUs are kept.
        block.sort_indices()
        blocks.append(largest(block, KEPT))
    return NewProducts(skus, csr_matrix(vstack(blocks, format="csr")))
