"""Conditions on orders."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from conditions.attribute import Attribute
from conditions.bases.column import Column
from conditions.language import choices, types
from conditions.language.operators import Words
from conditions.registry import Family
from conditions.sql.place import Relation
from customers.models import NO_SALE_STATES, Order, OrderState, Store, Website

ORDERS = Relation(
    name="orders",
    label=_("Orders in any state"),
    same=_("the same order"),
    model=Order,
    prefix="order",
    link="customer",
    paths={"order": ""},
    time="created_at",
    select_related=("store__website",),
    written_as="sales",
)
SALES = Relation(
    name="sales",
    label=_("Orders"),
    same=_("the same order"),
    model=Order,
    prefix="order",
    link="customer",
    paths={"order": ""},
    time="created_at",
    rows=~Q(state__in=NO_SALE_STATES),
    keeps=lambda order: order.state not in NO_SALE_STATES,
    select_related=("store__website",),
)


def _order(name: str, label: Words, type_: types.ValueType, **more: Any) -> Attribute:
    more.setdefault("paths", (name,))
    return Column(code=f"order.{name}", label=label, type=type_, relation="orders", **more)


FAMILY = Family(
    _("Orders"),
    relations=[ORDERS, SALES],
    attributes=[
        _order("number", _("Order number"), types.TEXT),
        _order("state", _("Order state"), types.CHOICE, choices=choices.of_enum(OrderState)),
        _order(
            "status", _("Order status"), types.CHOICE, choices=choices.of_column(Order, "status")
        ),
        _order(
            "created_at",
            _("Purchase date"),
            types.DATETIME,
            search_words=_("bought purchased ordered shopped last recently when"),
            instead_of_old=_("activity.days_since_last_order, which asks for the last order"),
        ),
        _order("updated_at", _("Last modified"), types.DATETIME),
        _order(
            "website",
            _("Website"),
            types.CHOICE,
            paths=("store__website__code",),
            choices=choices.of_model(Website),
        ),
        _order(
            "store",
            _("Store"),
            types.CHOICE,
            paths=("store__code",),
            choices=choices.of_model(Store),
        ),
        _order(
            "currency", _("Currency"), types.CHOICE, choices=choices.of_column(Order, "currency")
        ),
        _order(
            "payment_method",
            _("Payment method"),
            types.CHOICE,
            choices=choices.of_column(Order, "payment_method"),
        ),
        _order("shipping_method", _("Shipping method"), types.TEXT),
        _order(
            "coupon_code",
            _("Coupon code"),
            types.TEXT,
            search_words=_("voucher discount code used"),
        ),
        _order("total_quantity", _("Total items quantity"), types.NUMBER),
        _order("lines_count", _("Number of lines"), types.INTEGER, minimum=0),
        _order("subtotal", _("Subtotal"), types.MONEY),
        _order("tax_amount", _("Tax"), types.MONEY),
        _order("shipping_amount", _("Shipping amount"), types.MONEY),
        _order("discount_amount", _("Discount"), types.MONEY),
        _order(
            "grand_total",
            _("Grand total"),
            types.MONEY,
            search_words=_("spent amount worth order value"),
        ),
        _order("shipping_country", _("Shipping country"), types.TEXT, countries=True),
        _order("shipping_region", _("Shipping state/province"), types.TEXT),
        _order("shipping_city", _("Shipping city"), types.TEXT),
        _order("shipping_postcode", _("Shipping postcode"), types.TEXT),
        _order("billing_country", _("Billing country"), types.TEXT, countries=True),
        _order("billing_region", _("Billing state/province"), types.TEXT),
        _order("billing_city", _("Billing city"), types.TEXT),
        _order("billing_postcode", _("Billing postcode"), types.TEXT),
    ],
)
