"""Event types: the data of each, and the kind of thing that an event is a version of."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from customers.imports.tables import (
    ADDRESSES,
    CART_ITEMS,
    CARTS,
    CUSTOMERS,
    LOGINS,
    NEWSLETTER_SUBSCRIPTIONS,
    ORDER_ITEMS,
    ORDERS,
    PRODUCT_VIEWS,
    PRODUCTS,
    REFUND_ITEMS,
    REFUNDS,
    WISHLIST_ITEMS,
    WISHLISTS,
    Table,
)


@dataclass(frozen=True)
class Below:
    """Rows that stand in a row's data as a list; `owner` is their column that names the row."""

    table: Table
    owner: str


@dataclass(frozen=True)
class EventType:
    """The data that events of a type may have.

    The data are the columns of a row of `table`, with child rows `below` by the name of their list;
    or only the `numbers`, all of which are required. `thing` is the kind of the thing that the
    event is a version of, identified by the first column; empty for events without versions.
    """

    table: Table | None = None
    below: Mapping[str, Below] = field(default_factory=dict)
    numbers: tuple[str, ...] = ()
    thing: str = ""


TYPES: Mapping[str, EventType] = {
    "customer.saved": EventType(
        CUSTOMERS, {"addresses": Below(ADDRESSES, "customer")}, thing="customer"
    ),
    "customer.deleted": EventType(numbers=("id",), thing="customer"),
    "customer.merged": EventType(numbers=("guest", "customer")),
    "login": EventType(LOGINS),
    "order.saved": EventType(ORDERS, {"items": Below(ORDER_ITEMS, "order")}, thing="order"),
    "refund.saved": EventType(REFUNDS, {"items": Below(REFUND_ITEMS, "refund")}, thing="refund"),
    "cart.saved": EventType(CARTS, {"items": Below(CART_ITEMS, "cart")}, thing="cart"),
    "cart.deleted": EventType(numbers=("id",), thing="cart"),
    "product.viewed": EventType(PRODUCT_VIEWS),
    "wishlist.saved": EventType(
        WISHLISTS, {"items": Below(WISHLIST_ITEMS, "customer")}, thing="wishlist"
    ),
    "newsletter.saved": EventType(NEWSLETTER_SUBSCRIPTIONS, thing="subscription"),
    "product.saved": EventType(PRODUCTS, thing="product"),
}
