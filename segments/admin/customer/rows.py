"""The kinds of rows on a customer's page “Activity”, also of other apps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Model, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.registries import Registry
from core.text.formats import cents_shown, moment_shown
from customers.admin.cart import cart_state
from customers.models import (
    NO_SALE_STATES,
    Cart,
    Customer,
    Order,
    OrderState,
    ProductView,
    Refund,
    Wishlist,
    WishlistItem,
)


@dataclass(frozen=True)
class Rows:
    """The latest rows of one kind: the table, and the links to the admin.

    Shown to users who may view `model`; the table links to the list and the pages of `model`.
    """

    name: str
    title: str | Promise
    model: type[Model]
    columns: Sequence[str | Promise]
    latest: Callable[[Customer], QuerySet[Any]]
    cells: Callable[[Any], Sequence[str]]
    # The id of the page to which a row links, such as the wishlist of a wished product.
    page: Callable[[Any], int] = lambda row: int(row.pk)
    # A note about rows that the figures leave out; "" for none.
    note: Callable[[Customer], str] = lambda customer: ""


ROWS: Registry[Rows] = Registry("rows of a customer")


def _uncounted_orders(customer: Customer) -> str:
    """Return, in words, the numbers of orders by state that no figure of sales counts."""
    orders = customer.orders.filter(state__in=NO_SALE_STATES).order_by("state")
    by_state = list(orders.values_list("state").annotate(Count("pk")))
    if not by_state:
        return ""
    text = _(
        "Not counted in sales, number of orders and average: %(orders)s. Days since the last order "
        "leave out canceled orders only."
    )
    labels = dict(OrderState.choices)
    return text % {"orders": ", ".join(f"{number} {labels[state]}" for state, number in by_state)}


OURS = (
    Rows(
        "orders",
        gettext_lazy("Orders"),
        Order,
        (
            gettext_lazy("Number"),
            gettext_lazy("Purchased"),
            gettext_lazy("State"),
            gettext_lazy("Grand total"),
        ),
        lambda customer: customer.orders.order_by("-created_at", "-pk"),
        lambda order: (
            order.number,
            moment_shown(order.created_at),
            order.get_state_display(),
            cents_shown(order.grand_total),
        ),
        note=_uncounted_orders,
    ),
    Rows(
        "refunds",
        gettext_lazy("Refunds"),
        Refund,
        (gettext_lazy("Number"), gettext_lazy("Refunded"), gettext_lazy("Amount")),
        lambda customer: customer.refunds.order_by("-created_at", "-pk"),
        lambda refund: (refund.number, moment_shown(refund.created_at), cents_shown(refund.amount)),
    ),
    Rows(
        "carts",
        gettext_lazy("Carts"),
        Cart,
        (
            gettext_lazy("Number"),
            gettext_lazy("Last updated"),
            gettext_lazy("State"),
            gettext_lazy("Lines"),
            gettext_lazy("Grand total"),
        ),
        lambda customer: customer.carts.order_by("-is_active", "-updated_at", "-pk"),
        lambda cart: (
            cart.external_id,
            moment_shown(cart.updated_at),
            cart_state(cart),
            str(cart.items_count),
            cents_shown(cart.grand_total),
        ),
    ),
    Rows(
        "product_views",
        gettext_lazy("Product views"),
        ProductView,
        (gettext_lazy("Product"), gettext_lazy("Viewed")),
        lambda customer: customer.product_views.select_related("product").order_by(
            "-viewed_at", "-pk"
        ),
        lambda view: (str(view.product), moment_shown(view.viewed_at)),
    ),
    Rows(
        "wishlist",
        gettext_lazy("Wishlist"),
        Wishlist,
        (gettext_lazy("Product"), gettext_lazy("Added")),
        lambda customer: (
            WishlistItem.objects.filter(wishlist__customer=customer)
            .select_related("product")
            .order_by("-added_at", "-pk")
        ),
        lambda item: (str(item.product), moment_shown(item.added_at)),
        page=lambda item: int(item.wishlist_id),
    ),
)
ROWS.register(*OURS)
