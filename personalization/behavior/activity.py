"""Activities of customers from the stored rows: views, log-ins, wishes, carts, orders, behaviour.

Exposures are included but marked as no activity: an exposure opens no session and counts for the
engagement. A behaviour that reports a product put into a cart counts only where the shop has no
cart line of that SKU from the same instant, so that the product is not counted twice.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from core.database.prepared import rows_by_key
from customers.models import (
    CartItem,
    Login,
    Order,
    OrderState,
    ProductView,
    WishlistItem,
)
from personalization.models import BehaviorEvent
from personalization.models.behavior.types import (
    CART_LINE_WEIGHT,
    ORDER_WEIGHT,
    TYPES,
    behavior_type,
)

VIEW, LOGIN, WISH = "product_viewed", "login", "wishlist_added"
CART_ADDED, CART_LINE, ORDER = "cart_added", "cart_line", "order"
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Done:
    """One thing that a customer did, or was shown: its instant (aware), its type and its weight.

    `type` is the type of a behaviour, `cart_line` or `order`; `product` the key of the product
    concerned, None for none. A row without `is_activity` opens no session.
    """

    at: datetime
    type: str
    weight: Decimal
    is_activity: bool = True
    product: int | None = None


def done_by(customers: Collection[int], *, as_of: datetime | None = None) -> dict[int, list[Done]]:
    """Return what each of `customers` (internal keys) did until `as_of`, in the order of time.

    `as_of` is aware; None: everything that is stored, including what is dated in the future.
    Customers without activity are left out.
    """
    found: dict[int, list[Done]] = defaultdict(list)
    if customers:
        for customer, done in _all(list(customers), as_of):
            found[customer].append(done)
    for rows in found.values():
        rows.sort(key=lambda one: one.at)
    return dict(found)


def not_later(done: Collection[Done], as_of: datetime) -> list[Done]:
    """Return the rows of `done` not later than `as_of`."""
    return [one for one in done if one.at <= as_of]


def _all(customers: list[int], as_of: datetime | None) -> Iterator[tuple[int, Done]]:
    view, login, wish = (TYPES[name].weight for name in (VIEW, LOGIN, WISH))
    rows = _rows(ProductView, "customer", "viewed_at", customers, as_of, "product")
    for customer, at, product in rows:
        yield customer, Done(at, VIEW, view, product=product)
    for customer, at in _rows(Login, "customer", "logged_in_at", customers, as_of):
        yield customer, Done(at, LOGIN, login)
    rows = _rows(WishlistItem, "wishlist__customer", "added_at", customers, as_of, "product")
    for customer, at, product in rows:
        yield customer, Done(at, WISH, wish, product=product)
    in_carts = set()
    lines = ("product", "sku_folded")
    for customer, at, product, sku in _rows(
        CartItem, "cart__customer", "added_at", customers, as_of, *lines
    ):
        in_carts.add((customer, at, sku))
        yield customer, Done(at, CART_LINE, CART_LINE_WEIGHT, product=product)
    for customer, at, state in _rows(Order, "customer", "created_at", customers, as_of, "state"):
        weight = NOTHING if state == OrderState.CANCELED else ORDER_WEIGHT
        yield customer, Done(at, ORDER, weight)
    behaviors = ("behavior_type", "sku_folded")
    for customer, at, name, sku in _rows(
        BehaviorEvent, "customer", "occurred_at", customers, as_of, *behaviors
    ):
        if name != CART_ADDED or (customer, at, sku) not in in_carts:
            kind = behavior_type(name)
            yield customer, Done(at, name, kind.weight, kind.is_activity)


def _rows(
    model: Any,
    owner: str,
    time: str,
    customers: list[int],
    as_of: datetime | None,
    *columns: str,
) -> Iterator[tuple[Any, ...]]:
    """Yield customer, time and the columns of the rows, in the order of their keys."""
    if len(customers) == 1:
        # One profile after the other is asked for: compiled once.
        def rows_of_owner(key: Any) -> QuerySet[Any]:
            rows: QuerySet[Any] = model._default_manager.filter(**{owner: key}).order_by("pk")
            return rows.values_list(owner, time, *columns)

        found = rows_by_key(("done", model), model._default_manager.db, rows_of_owner, customers[0])
        yield from (row for row in found if as_of is None or row[1] <= as_of)
        return
    chosen = Q(**{f"{owner}__in": customers})
    if as_of is not None:
        chosen &= Q(**{f"{time}__lte": as_of})
    rows = model._default_manager.filter(chosen).order_by("pk")
    yield from rows.values_list(owner, time, *columns)


def tables() -> Mapping[type[Any], tuple[str, tuple[str, ...]]]:
    """Return the tables read: by model the path to the customer, and the columns that count."""
    return {
        ProductView: ("customer", ("viewed_at", "product")),
        Login: ("customer", ("logged_in_at",)),
        WishlistItem: ("wishlist__customer", ("added_at", "product")),
        CartItem: ("cart__customer", ("added_at", "product", "sku_folded")),
        Order: ("customer", ("created_at", "state")),
        BehaviorEvent: ("customer", ("occurred_at", "behavior_type", "sku_folded")),
    }
