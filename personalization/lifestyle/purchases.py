"""Reads the purchases of which the figures of life-style are made, of some customers at a time."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from conditions.language.windows import LocalClock, local_hour, start_of_day
from conditions.sql.sources import OF_CUSTOMER, Read, Source, columns_on_path
from customers.changes.declared import By
from customers.models import (
    NO_SALE_STATES,
    Customer,
    Order,
    OrderItem,
    ProductAttribute,
    ProductAttributeValue,
)
from customers.models.attribute import AttributeType
from customers.purchases import bought_lines
from personalization.behavior.activity import ORDER, Done
from personalization.lifestyle.figures import (
    DAYS,
    FEWEST_ORDERS,
    BoughtLine,
    Lifestyle,
    Sale,
    YearOfPurchases,
    is_in_year,
    lifestyle_of,
)
from personalization.lifestyle.special_categories import value_codes

NOTHING = lifestyle_of(YearOfPurchases((), (), {}))
# No clock is further behind than that.
MARGIN = timedelta(days=2)
# The number of products that are looked up in one statement.
AT_ONCE = 5_000


def lifestyles(customers: Collection[int], as_of: datetime) -> dict[int, Lifestyle]:
    """Return the figures of each of `customers` (internal keys) as of an aware instant."""
    keys = sorted(customers)
    if not keys:
        return {}
    zones = Customer.objects.filter(pk__in=keys).values_list("pk", "website__timezone")
    clocks = {key: LocalClock(as_of, zone) for key, zone in zones}
    sales = _sales(keys, clocks, as_of)
    lines = _lines(keys, clocks, as_of)
    is_true = _products_by_value({line.product for own in lines.values() for line in own})
    return {
        key: lifestyle_of(YearOfPurchases(sales.get(key, ()), lines.get(key, ()), is_true))
        for key in clocks
    }


def may_have_lifestyle(done: Collection[Done], as_of: datetime) -> bool:
    """Return whether the customer's activities have enough orders; sales are read later."""
    since = as_of - timedelta(days=DAYS) - MARGIN
    orders = (one for one in done if one.type == ORDER and since <= one.at <= as_of)
    return sum(1 for _one in orders) >= FEWEST_ORDERS


def leaves_at(lifestyle: Lifestyle, zone: str) -> datetime | None:
    """Return when the oldest sale no longer counts; None where no figure depends on it."""
    if not lifestyle.is_known or lifestyle.first_day is None:
        return None
    return start_of_day(lifestyle.first_day + timedelta(days=DAYS + 1), zone)


def reads_of_lifestyle() -> Iterator[Read]:
    """Yield the columns that the figures come from."""
    yield from columns_on_path(OF_CUSTOMER, "website__timezone")
    orders = Source(Order, "customer")
    for column in ("customer", "created_at", "state"):
        yield from columns_on_path(orders, column)
    lines = Source(OrderItem, "order__customer")
    for column in (
        *("order__customer", "parent", "product", "sku", "product_type", "quantity", "price"),
        "row_total",
    ):
        yield from columns_on_path(lines, column)
    values = Source(ProductAttributeValue, by=By(OrderItem, "product", "product"))
    for column in ("product", "attribute", "boolean"):
        yield from columns_on_path(values, column)


def _sales(
    keys: Collection[int], clocks: Mapping[int, LocalClock], as_of: datetime
) -> dict[int, list[Sale]]:
    since = as_of - timedelta(days=DAYS) - MARGIN
    rows = Order.objects.filter(
        customer__in=keys, created_at__gte=since, created_at__lte=as_of
    ).exclude(state__in=NO_SALE_STATES)
    found: dict[int, list[Sale]] = defaultdict(list)
    for key, at in rows.order_by("pk").values_list("customer", "created_at"):
        clock = clocks[key]
        day = clock.date_of(at)
        if is_in_year(at, day, as_of, clock.today):
            found[key].append(Sale(day, local_hour(at, clock.zone)))
    return dict(found)


def _lines(
    keys: Collection[int], clocks: Mapping[int, LocalClock], as_of: datetime
) -> dict[int, list[BoughtLine]]:
    """Return the lines that count; each is compared with all that the customer bought before."""
    rows = bought_lines().filter(order__customer__in=keys, order__created_at__lte=as_of)
    names = ("order__customer", "order__created_at", "sku", "product")
    amounts = ("row_total", "price", "quantity")
    every: list[Any] = list(rows.order_by("pk").values_list(*names, *amounts))
    first: dict[tuple[int, str], datetime] = {}
    for key, at, sku, *_rest in every:
        first[key, sku] = min(first.get((key, sku), at), at)
    found: dict[int, list[BoughtLine]] = defaultdict(list)
    for key, at, sku, product, total, price, quantity in every:
        clock = clocks[key]
        if is_in_year(at, clock.date_of(at), as_of, clock.today):
            amount = (price or Decimal(0)) * quantity if total is None else total
            found[key].append(BoughtLine(product, amount, at == first[key, sku]))
    return dict(found)


def _products_by_value(products: Collection[int]) -> dict[str, frozenset[int]]:
    """Return which of the products have which of the shop's values, by the values' codes."""
    codes = value_codes()
    if not codes or not products:
        return {}
    known = ProductAttribute.objects.filter(code__in=codes, type=AttributeType.BOOLEAN)
    found: dict[str, set[int]] = {code: set() for code in known.values_list("code", flat=True)}
    every = sorted(products)
    for start in range(0, len(every), AT_ONCE):
        rows = ProductAttributeValue.objects.filter(
            product__in=every[start : start + AT_ONCE], attribute__code__in=found, boolean=True
        )
        for product, code in rows.values_list("product", "attribute__code"):
            found[code].add(product)
    return {code: frozenset(keys) for code, keys in sorted(found.items())}
