"""What a customer has bought until a moment: how much, how often, at what price.

The figures mean what conditions call so (`lifetime.*`, `activity.*`); the share with a discount is
that of the predictions (the contract, personalization.md §4).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import BooleanField, Case, Count, OuterRef, Subquery, Value, When

from conditions.language.windows import LocalClock
from customers.fields import from_units, quotient, to_units
from customers.models import (
    NO_SALE_STATES,
    Customer,
    Order,
    OrderItem,
    OrderState,
    ProductCategory,
)
from personalization.rounding import share_rounded
from predictions.histories import REDUCED


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
    """Return what `customer` has bought until `as_of`."""
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
    """Return how dear the products are that `customer` bought, among those of their category.

    Of each top-level line of sales the share of the priced products in the first category (by
    code) of its product whose price is not above the line's; the mean of these, with 4 decimals.
    None where no line has a category and a price.
    """
    first = ProductCategory.objects.filter(product=OuterRef("product")).order_by("category__code")
    lines = (
        OrderItem.objects.filter(
            order__customer=customer, order__created_at__lte=as_of, parent__isnull=True
        )
        .exclude(order__state__in=NO_SALE_STATES)
        .filter(price__isnull=False)
        .annotate(_category=Subquery(first.values("category")[:1]))
        .filter(_category__isnull=False)
    )
    priced = ProductCategory.objects.filter(
        category=OuterRef("_category"), product__price__isnull=False
    ).order_by()
    counted = lines.annotate(
        _all=_count(priced), _below=_count(priced.filter(product__price__lte=OuterRef("price")))
    )
    shares = [
        Decimal(below or 0) / every
        for every, below in counted.values_list("_all", "_below")
        if every
    ]
    return _mean(shares)


def _count(rows: Any) -> Subquery:
    return Subquery(rows.values("category").annotate(_n=Count("pk")).values("_n"))


def _mean(shares: Sequence[Decimal]) -> Decimal | None:
    if not shares:
        return None
    return share_rounded(sum(shares, Decimal(0)) / len(shares))


def _share(part: int, whole: int) -> Decimal | None:
    return share_rounded(Decimal(part) / whole) if whole else None
