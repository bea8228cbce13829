"""The categories and brands that interest a customer more than they interest others.

a(c) = sum over what was done with a product of weight * 2 ** (-age / half-life), a product in n
categories giving each 1/n; share = (a + 10 g(c)) / (A + 10), A being the sum of all a, and lift =
share / g(c), where g(c) is the same share over all customers (`interest_baseline`). So a customer
with little activity is assumed to be like all others (the contract, personalization.md §4).
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from customers.models import NO_SALE_STATES, OrderItem, ProductAttributeValue, ProductCategory
from personalization.behavior.activity import Done
from personalization.models import Subject
from personalization.models.behavior.types import ORDER_WEIGHT

# The weight of the average customer that is added to a customer's own activity.
PRIOR = 10
LISTED, BEST = 10, 3
# The number of products that are looked up in one statement.
AT_ONCE = 5_000
DAY = timedelta(days=1)

# A weighed activity of a customer: product, instant, weight.
Weighed = tuple[int, datetime, float]
# By product the codes of its categories, or its brands.
Codes = Mapping[int, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Affinity:
    """The interest in one category or brand: its share, and its ratio to the share of everybody."""

    code: str
    share: float
    lift: float


def weighed_of(
    customers: Collection[int], done: Mapping[int, Sequence[Done]], as_of: datetime
) -> dict[int, list[Weighed]]:
    """Return the weighed activities of each of `customers` (internal keys) until `as_of`.

    These are the rows of `done` with a product, and the lines of the customers' sales.
    """
    found: dict[int, list[Weighed]] = defaultdict(list)
    for customer, rows in done.items():
        for one in rows:
            if one.product is not None and one.at <= as_of:
                found[customer].append((one.product, one.at, float(one.weight)))
    lines = OrderItem.objects.filter(
        order__customer__in=list(customers), order__created_at__lte=as_of
    ).exclude(order__state__in=NO_SALE_STATES)
    names = ("order__customer", "product", "order__created_at")
    for customer, product, at in lines.order_by("pk").values_list(*names):
        found[customer].append((product, at, float(ORDER_WEIGHT)))
    return dict(found)


def products_of(weighed: Iterable[Sequence[Weighed]]) -> set[int]:
    """Return the keys of all products of weighed activities."""
    return {product for rows in weighed for product, _at, _weight in rows}


def codes_of(products: Collection[int]) -> dict[Subject, Codes]:
    """Return the categories and the brands of products, by their internal keys."""
    categories: dict[int, list[str]] = defaultdict(list)
    brands: dict[int, list[str]] = {}
    every = sorted(products)
    for start in range(0, len(every), AT_ONCE):
        keys = every[start : start + AT_ONCE]
        rows = ProductCategory.objects.filter(product__in=keys).order_by("category__code")
        for product, code in rows.values_list("product", "category__code"):
            categories[product].append(code)
        values = ProductAttributeValue.objects.filter(
            product__in=keys, attribute__code=settings.BRAND_ATTRIBUTE
        )
        for product, text, choice in values.values_list("product", "text", "choice"):
            if brand := text or choice:
                brands[product] = [brand]
    return {Subject.CATEGORY: dict(categories), Subject.BRAND: brands}


def amounts(rows: Iterable[Weighed], codes: Codes, as_of: datetime) -> dict[str, float]:
    """Return a(c) of each code, as of an aware instant."""
    parts: dict[str, list[float]] = defaultdict(list)
    for product, at, weight in rows:
        own = codes.get(product, ())
        for code in own:
            faded = math.pow(2.0, -((as_of - at) / DAY) / settings.AFFINITY_HALF_LIFE_DAYS)
            parts[code].append(weight * faded / len(own))
    return {code: math.fsum(found) for code, found in parts.items()}


def affinities(own: Mapping[str, float], of_all: Mapping[str, float]) -> list[Affinity]:
    """Return the interests that follow from amounts, the best lift first, then by code.

    Codes in which nobody was interested when the shares of all were computed are left out.
    """
    total = math.fsum(own.values())
    found = []
    for code, amount in own.items():
        usual = of_all.get(code, 0.0)
        if amount > 0 and usual > 0:
            share = (amount + PRIOR * usual) / (total + PRIOR)
            found.append(Affinity(code, share, share / usual))
    # Ten digits: lifts that only differ by rounding errors count as equal.
    return sorted(found, key=lambda one: (-float(f"{one.lift:.10g}"), one.code))


def best_codes(rows: Sequence[Weighed], codes: Codes, of_all: Mapping[str, float]) -> list[str]:
    """Return the codes of the three best lifts, whose order does not change by time alone."""
    if not rows:
        return []
    # As of the last activity, so that no amount has decayed to 0, however long ago.
    own = amounts(rows, codes, max(at for _product, at, _weight in rows))
    return [one.code for one in affinities(own, of_all)[:BEST]]
