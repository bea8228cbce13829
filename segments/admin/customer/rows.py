"""The kinds of rows on a customer's page “Activity”, also of other apps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Model, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.registries import Registry
from core.text.formats import cents_shown, moment_shown, number_shown
from customers.admin.shop_data.cart import cart_state
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
class Event:
    """What happened with a row at `at` (aware), in words; None: it has not happened.

    `is_quiet` marks what no figure counts. `subject` is what several events together name.
    """

    at: datetime | None
    text: str
    detail: str = ""
    is_quiet: bool = False
    subject: str = ""


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
    # What a row says on the page “Overview”, where rows without it are not shown.
    event: Callable[[Any], Event] | None = None
    # What several rows of one day say there together; None: each has a line.
    together: Callable[[int], str] | None = None


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


def _order_event(order: Order) -> Event:
    text = _("Ordered for %(amount)s") % {"amount": cents_shown(order.grand_total)}
    is_quiet = order.state in NO_SALE_STATES
    state = order.get_state_display()
    if is_quiet:
        state = _("%(state)s, does not count") % {"state": state}
    return Event(order.created_at, text, f"{order.number} · {state}", is_quiet)


def _refund_event(refund: Refund) -> Event:
    text = _("Got %(amount)s back") % {"amount": cents_shown(refund.amount)}
    return Event(refund.created_at, text, refund.number)


def _cart_event(cart: Cart) -> Event:
    text = _("Changed a cart, now of %(amount)s") % {"amount": cents_shown(cart.grand_total)}
    return Event(cart.updated_at, text, cart_state(cart))


def _view_event(view: ProductView) -> Event:
    product = str(view.product)
    return Event(view.viewed_at, _("Viewed %(product)s") % {"product": product}, subject=product)


def _views_together(count: int) -> str:
    text = ngettext("Viewed %(count)s product", "Viewed %(count)s products", count)
    return text % {"count": number_shown(count)}


def _wish_event(item: WishlistItem) -> Event:
    text = _("Put %(product)s on the wishlist")
    return Event(item.added_at, text % {"product": item.product})


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
        event=_order_event,
    ),
    Rows(
        "refunds",
        gettext_lazy("Refunds"),
        Refund,
        (gettext_lazy("Number"), gettext_lazy("Refunded"), gettext_lazy("Amount")),
        lambda customer: customer.refunds.order_by("-created_at", "-pk"),
        lambda refund: (refund.number, moment_shown(refund.created_at), cents_shown(refund.amount)),
        event=_refund_event,
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
        event=_cart_event,
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
        event=_view_event,
        together=_views_together,
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
        event=_wish_event,
    ),
)
ROWS.register(*OURS)
