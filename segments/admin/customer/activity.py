"""A customer's page “Activity”: their figures, and the latest of what they did."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conditions import registry
from conditions.evaluator.facts import Facts, facts_of
from conditions.evaluator.verdict import as_json
from core.clock import now
from core.text.formats import moment_shown
from customers.admin.columns import in_money
from customers.admin.tabs import CUSTOMER_TABS, CustomerTab
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
from segments.insight.found_words import found_words

SHOWN = 10
# Derived attributes, as conditions know them: (attribute, the permission to see its rows).
FIGURES = (
    ("lifetime.sales", "customers.view_order"),
    ("lifetime.number_of_orders", "customers.view_order"),
    ("lifetime.average_order_value", "customers.view_order"),
    ("activity.days_since_last_order", "customers.view_order"),
    ("lifetime.refunds", "customers.view_refund"),
    ("views.count", "customers.view_productview"),
    ("wishlist.items_count", "customers.view_wishlist"),
)


@dataclass(frozen=True)
class Rows:
    """The latest rows of one kind: what the table says, and where all of them are."""

    title: str | Promise
    model: type[Model]
    columns: Sequence[str | Promise]
    latest: Callable[[Customer], QuerySet[Any]]
    cells: Callable[[Any], Sequence[str]]
    # The page that a row leads to; of a wished product the wishlist's.
    page: Callable[[Any], int] = lambda row: int(row.pk)
    # Which of the rows the figures leave out; "" for none.
    note: Callable[[Customer], str] = lambda customer: ""


@dataclass(frozen=True)
class ShownTable:
    """A table as it is shown."""

    title: str | Promise
    columns: Sequence[str | Promise]
    rows: list[tuple[str, Sequence[str]]]
    url: str
    note: str


def activity_page(
    request: HttpRequest, customer: Customer, context: dict[str, Any]
) -> HttpResponse:
    """Show figures and rows of those kinds that the user may see."""
    (facts,) = facts_of([customer], now())
    context |= {
        "figures": [
            _figure(code, facts) for code, needed in FIGURES if request.user.has_perm(needed)
        ],
        "tables": [_shown(rows, customer) for rows in KINDS if _may_see(request.user, rows)],
        "shown": SHOWN,
        "page_name": _("Activity"),
    }
    return TemplateResponse(request, "admin/segments/customer/activity.html", context)


def _figure(code: str, facts: Facts) -> tuple[str, str]:
    attribute = registry.attribute(code)
    values = attribute.read(facts.customer, facts)
    if not values:
        return str(attribute.label), "–"
    return str(attribute.label), found_words(as_json(values), attribute)


def _may_see(user: User | AnonymousUser, rows: Rows) -> bool:
    return user.has_perm(f"customers.view_{rows.model._meta.model_name}")


def _shown(rows: Rows, customer: Customer) -> ShownTable:
    name = rows.model._meta.model_name
    return ShownTable(
        rows.title,
        rows.columns,
        [
            (reverse(f"admin:customers_{name}_change", args=[rows.page(row)]), rows.cells(row))
            for row in rows.latest(customer)[:SHOWN]
        ],
        f"{reverse(f'admin:customers_{name}_changelist')}?customer__id__exact={customer.pk}",
        rows.note(customer),
    )


def _uncounted_orders(customer: Customer) -> str:
    """Return how many orders no figure of sales counts, by their state."""
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


KINDS = (
    Rows(
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
            in_money(order.grand_total),
        ),
        note=_uncounted_orders,
    ),
    Rows(
        gettext_lazy("Refunds"),
        Refund,
        (gettext_lazy("Number"), gettext_lazy("Refunded"), gettext_lazy("Amount")),
        lambda customer: customer.refunds.order_by("-created_at", "-pk"),
        lambda refund: (refund.number, moment_shown(refund.created_at), in_money(refund.amount)),
    ),
    Rows(
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
            _("active") if cart.is_active else _("converted or expired"),
            str(cart.items_count),
            in_money(cart.grand_total),
        ),
    ),
    Rows(
        gettext_lazy("Product views"),
        ProductView,
        (gettext_lazy("Product"), gettext_lazy("Viewed")),
        lambda customer: customer.product_views.select_related("product").order_by(
            "-viewed_at", "-pk"
        ),
        lambda view: (str(view.product), moment_shown(view.viewed_at)),
    ),
    Rows(
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

CUSTOMER_TABS.register(CustomerTab("activity", gettext_lazy("Activity"), activity_page))
