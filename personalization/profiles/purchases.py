"""The purchases of a customer until an instant: amounts, frequency and prices.

The figures are those of the conditions `lifetime.*` and `activity.*`; the share with a discount is
that of the predictions (the contract, personalization.md §4).
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import BooleanField, Case, Count, Q, Value, When

from conditions.language.windows import LocalClock
from core.database.fields import from_units, quotient, to_units
from customers.models import (
    NO_SALE_STATES,
    Customer,
    Order,
    OrderItem,
    OrderState,
    ProductCategory,
)
from personalization.engagement import share_rounded
from predictions.history.batches import REDUCED

# The most prices in one query: each is a column of the result.
PRICES_AT_ONCE = 200


@dataclass(frozen=True)
class Purchases:
    """Sales until a moment; money in the base currency, shares with 4 decimals, None for none.

    `last_order_at` and `days_since_last_order` are of orders that were not canceled; the days are
    those of the website.
    """

    orders: int
    sales: Decimal
    average_order_value: Decimal
    last_order_at: datetime | None
    days_since_last_order: int | None
    discount_share: Decimal | None
    purchase_days: int


def purchases_of(customer: Customer, as_of: datetime) -> Purchases:
    """Return the purchases of `customer` until `as_of`."""
    clock = LocalClock(as_of, customer.website.timezone)
    rows = Order.objects.filter(customer=customer, created_at__lte=as_of).exclude(
        state=OrderState.CANCELED
    )
    reduced = Case(When(REDUCED, then=Value(True)), default=False, output_field=BooleanField())
    found = list(rows.values_list("created_at", "state", "grand_total", reduced))
    sales = [row for row in found if row[1] not in NO_SALE_STATES]
    total = sum(to_units(row[2]) for row in sales)
    last = max((row[0] for row in found), default=None)
    days: Collection[date] = {clock.date_of(row[0]) for row in sales}
    return Purchases(
        len(sales),
        from_units(total),
        from_units(quotient(total, len(sales)) if sales else 0),
        last,
        None if last is None else (clock.today - clock.date_of(last)).days,
        _share(sum(row[3] for row in sales), len(sales)),
        len(days),
    )


def price_position(customer: Customer, as_of: datetime) -> Decimal | None:
    """Return the price level of the products that `customer` bought, within their categories.

    For each top-level line of sales: the share of priced products in the first category (by code)
    of its product whose price is not above the line's. The result is the mean of these shares, with
    4 decimals; None where no line has a category and a price.
    """
    lines = (
        OrderItem.objects.filter(
            order__customer=customer, order__created_at__lte=as_of, parent__isnull=True
        )
        .exclude(order__state__in=NO_SALE_STATES)
        .filter(price__isnull=False, product__isnull=False)
        .order_by()
    )
    priced = Counter(lines.values_list("product", "price"))
    first = _first_categories({product for product, _price in priced})
    in_category: Counter[tuple[int, Decimal]] = Counter()
    for (product, price), number in priced.items():
        if product in first:
            in_category[first[product], price] += number
    shares: list[Decimal] = []
    counted = _not_above(in_category)
    for asked, number in in_category.items():
        below, every = counted.get(asked, (0, 0))
        if every:
            shares += [Decimal(below) / every] * number
    return _mean(shares)


def _first_categories(products: Collection[int]) -> Mapping[int, int]:
    """Return the category of each of `products` that is the first by code, as keys."""
    rows = ProductCategory.objects.filter(product__in=sorted(products))
    found: dict[int, tuple[str, int]] = {}
    for product, code, category in rows.values_list("product", "category__code", "category"):
        found[product] = min(found.get(product, (code, category)), (code, category))
    return {product: category for product, (_code, category) in found.items()}


def _not_above(
    asked: Collection[tuple[int, Decimal]],
) -> Mapping[tuple[int, Decimal], tuple[int, int]]:
    """Return for each category and price how many of its products cost no more, and how many have a
    price.
    """
    prices = sorted({price for _category, price in asked})
    categories = sorted({category for category, _price in asked})
    rows = ProductCategory.objects.filter(
        category__in=categories, product__price__isnull=False
    ).order_by()
    found = {}
    for start in range(0, len(prices), PRICES_AT_ONCE):
        some = prices[start : start + PRICES_AT_ONCE]
        below = {
            f"_below_{place}": Count("pk", filter=Q(product__price__lte=price))
            for place, price in enumerate(some)
        }
        counts = rows.values("category").annotate(_all=Count("pk"), **below)
        for category, every, *numbers in counts.values_list("category", "_all", *below):
            for price, number in zip(some, numbers, strict=True):
                found[category, price] = number, every
    return found


def _mean(shares: Sequence[Decimal]) -> Decimal | None:
    if not shares:
        return None
    return share_rounded(sum(shares, Decimal(0)) / len(shares))


def _share(part: int, whole: int) -> Decimal | None:
    return share_rounded(Decimal(part) / whole) if whole else None
