"""Products viewed in the same session, and the most viewed of each category: fitted nightly.

view(i, j) = v_ij / sqrt(v_i v_j), v the sessions of the last 90 days in which i (and j) was viewed.
Customers who refuse tracking or personalization are left out.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from core.text.folding import fold
from customers.models import (
    Customer,
    Product,
    ProductAttributeValue,
    ProductCategory,
    ProductView,
    Purpose,
)
from customers.privacy.consent import refusing
from personalization.behavior.activity import VIEW, done_by
from personalization.lists.nearest import grams, largest
from personalization.lists.sparse import csr_matrix, diags, vstack
from personalization.recommend.algorithms import Arrays
from personalization.recommend.algorithms.stored_rows import (
    as_arrays,
    as_bytes,
    as_matrix,
    as_texts,
)
from personalization.sessions import group_by_session

DAYS = timedelta(days=90)
# The number of customers that are read at a time.
TOGETHER = 2_000
KEPT, OF_CATEGORY = 200, 100
# The parts of a fit that hold the views.
VIEW_PARTS = PAIRS, MEMBERS, PRODUCTS = "views.pairs", "views.members", "views.products"
UNKNOWN = float("nan")


def fit_views(as_of: datetime) -> dict[str, Arrays]:
    """Return the parts of a fit about views before an aware instant, by name."""
    products = dict(Product.objects.order_by().values_list("pk", "sku"))
    sessions = [[products[key] for key in keys if key in products] for keys in _sessions(as_of)]
    in_categories: dict[str, set[str]] = defaultdict(set)
    rows = ProductCategory.objects.order_by().values_list("category__code", "product__sku")
    for code, sku in rows:
        in_categories[code].add(sku)
    skus = sorted({sku for some in (*sessions, *in_categories.values()) for sku in some})
    places = {sku: place for place, sku in enumerate(skus)}
    viewed = _matrix([[places[sku] for sku in some] for some in sessions], len(skus))
    count = np.asarray(viewed.sum(axis=0)).ravel()
    scale = 1 / np.sqrt(np.maximum(count, 1))
    pairs = [
        largest((diags(scale[start : start + block.shape[0]]) @ block @ diags(scale)).tocsr(), KEPT)
        for start, block in grams(viewed)
    ]
    codes = sorted(in_categories)
    members = [
        sorted(
            (places[sku] for sku in in_categories[code]), key=lambda place: (-count[place], place)
        )[:OF_CATEGORY]
        for code in codes
    ]
    return {
        PAIRS: as_arrays(vstack(pairs, format="csr") if pairs else csr_matrix((0, 0))),
        MEMBERS: as_arrays(_matrix(members, len(skus))),
        PRODUCTS: {
            "skus": as_bytes(skus),
            "categories": as_bytes(codes),
            "prices": _prices(skus),
            "brands": _brands(skus),
        },
    }


class ViewModel:
    """The fitted views."""

    def __init__(self, parts: Mapping[str, Arrays]) -> None:
        self._parts = parts

    @cached_property
    def skus(self) -> Sequence[str]:
        """All SKUs that were viewed or are in a category, by code point."""
        return as_texts(self._products["skus"])

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The place of each SKU."""
        return {sku: place for place, sku in enumerate(self.skus)}

    @cached_property
    def pairs(self) -> csr_matrix:
        """view(i, j), a row for each SKU."""
        return as_matrix(self._parts[PAIRS])

    @cached_property
    def members(self) -> csr_matrix:
        """The most viewed SKUs of each category, a row for each."""
        return as_matrix(self._parts[MEMBERS])

    @cached_property
    def categories(self) -> Mapping[str, int]:
        """The row of each category by its code."""
        codes = as_texts(self._products["categories"])
        return {code: place for place, code in enumerate(codes)}

    @property
    def prices(self) -> Any:
        """The price of each SKU; NaN where it is unknown."""
        return self._products["prices"]

    @property
    def brands(self) -> Any:
        """A number for the brand of each SKU; 0 without one."""
        return self._products["brands"]

    @property
    def _products(self) -> Arrays:
        return self._parts[PRODUCTS]


def _sessions(as_of: datetime) -> Iterator[list[int]]:
    """Yield the keys of the products viewed in each session of the last 90 days."""
    since = as_of - DAYS
    views = ProductView.objects.filter(
        customer=OuterRef("pk"), viewed_at__gte=since, viewed_at__lt=as_of
    )
    refused = Q(refusing(Purpose.PERSONALIZATION)) | Q(refusing(Purpose.TRACKING))
    customers = Customer.objects.filter(Exists(views)).exclude(refused).order_by("pk")
    keys = list(customers.values_list("pk", flat=True))
    for start in range(0, len(keys), TOGETHER):
        for done in done_by(keys[start : start + TOGETHER], as_of=as_of).values():
            for session in group_by_session(one for one in done if one.at < as_of):
                products = {
                    one.product
                    for one in session
                    if one.type == VIEW and one.at >= since and one.product is not None
                }
                if products:
                    yield sorted(products)


def _matrix(rows: Sequence[Sequence[int]], width: int) -> csr_matrix:
    starts = np.cumsum([0, *(len(row) for row in rows)])
    columns = np.array([place for row in rows for place in row], dtype=np.int64)
    shape = (len(rows), width)
    found = csr_matrix((np.ones(len(columns)), columns, starts), shape=shape)
    found.sort_indices()
    return found


def _prices(skus: Sequence[str]) -> Any:
    known = dict(Product.objects.order_by().values_list("sku", "price"))
    prices = (known.get(sku) for sku in skus)
    return np.array([UNKNOWN if one is None else float(one) for one in prices], dtype=np.float64)


def _brands(skus: Sequence[str]) -> Any:
    rows = ProductAttributeValue.objects.filter(attribute__code=settings.BRAND_ATTRIBUTE)
    known = {
        sku: fold(text or choice or "")
        for sku, text, choice in rows.order_by().values_list("product__sku", "text", "choice")
    }
    numbers: dict[str, int] = {"": 0}
    for sku in skus:
        numbers.setdefault(known.get(sku, ""), len(numbers))
    return np.array([numbers[known.get(sku, "")] for sku in skus], dtype=np.int64)
