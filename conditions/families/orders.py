"""Conditions on orders and their lines, on refunds and theirs."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from conditions import choices, types
from conditions.attribute import Attribute
from conditions.bases.category import ProductCategories
from conditions.bases.column import Column
from conditions.bases.custom_value import CustomAttributes
from conditions.operators import Words
from conditions.place import Relation
from conditions.registry import Family
from customers.models import (
    Order,
    OrderItem,
    OrderState,
    ProductAttribute,
    ProductAttributeValue,
    Refund,
    RefundItem,
    Store,
    Website,
)

NOT_COUNTED = (OrderState.CANCELED, OrderState.CLOSED)


def _has_no_parent(line: Any) -> bool:
    return line.parent_id is None


ORDERS = Relation(
    name="orders",
    label=_("Orders in any state"),
    same=_("the same order"),
    model=Order,
    prefix="order",
    link="customer",
    paths={"order": ""},
    select_related=("store__website",),
)
SALES = Relation(
    name="sales",
    label=_("Orders"),
    same=_("the same order"),
    model=Order,
    prefix="order",
    link="customer",
    paths={"order": ""},
    rows=~Q(state__in=NOT_COUNTED),
    keeps=lambda order: order.state not in NOT_COUNTED,
    select_related=("store__website",),
)
ORDER_ITEMS = Relation(
    name="order_items",
    label=_("Ordered products"),
    same=_("the same line"),
    model=OrderItem,
    prefix="order_item",
    link="order__customer",
    paths={"order_item": "", "order": "order__"},
    rows=Q(parent__isnull=True),
    keeps=_has_no_parent,
    top=~Q(order__state=OrderState.CANCELED),
    top_keeps=lambda line: line.order.state != OrderState.CANCELED,
    inside={"orders": "order", "sales": "order"},
    select_related=("order__store__website",),
)
REFUNDS = Relation(
    name="refunds",
    label=_("Refunds"),
    same=_("the same refund"),
    model=Refund,
    prefix="refund",
    link="customer",
    paths={"refund": ""},
    inside={"orders": "order", "sales": "order"},
    select_related=("order",),
)
REFUND_ITEMS = Relation(
    name="refund_items",
    label=_("Refunded products"),
    same=_("the same line"),
    model=RefundItem,
    prefix="refund_item",
    link="refund__customer",
    paths={"refund_item": ""},
    inside={"refunds": "refund"},
)


def _order(name: str, label: Words, type_: types.ValueType, **more: Any) -> Attribute:
    more.setdefault("paths", (name,))
    return Column(code=f"order.{name}", label=label, type=type_, relation="orders", **more)


def _item(name: str, label: Words, type_: types.ValueType, **more: Any) -> Attribute:
    return Column(
        code=f"order_item.{name}",
        label=label,
        type=type_,
        relation="order_items",
        paths=(name,),
        **more,
    )


def _refund_item(name: str, label: Words, type_: types.ValueType, **more: Any) -> Attribute:
    return Column(
        code=f"refund_item.{name}",
        label=label,
        type=type_,
        relation="refund_items",
        paths=(name,),
        **more,
    )


FAMILY = Family(
    _("Orders"),
    relations=[ORDERS, SALES],
    attributes=[
        _order("number", _("Order number"), types.TEXT),
        _order("state", _("Order state"), types.CHOICE, choices=choices.of_enum(OrderState)),
        _order(
            "status", _("Order status"), types.CHOICE, choices=choices.of_column(Order, "status")
        ),
        _order("created_at", _("Purchase date"), types.DATETIME),
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
        _order("coupon_code", _("Coupon code"), types.TEXT),
        _order("total_quantity", _("Total items quantity"), types.NUMBER),
        _order("lines_count", _("Number of lines"), types.INTEGER, minimum=0),
        _order("subtotal", _("Subtotal"), types.MONEY),
        _order("tax_amount", _("Tax"), types.MONEY),
        _order("shipping_amount", _("Shipping amount"), types.MONEY),
        _order("discount_amount", _("Discount"), types.MONEY),
        _order("grand_total", _("Grand total"), types.MONEY),
        _order("shipping_country", _("Shipping country"), types.TEXT),
        _order("shipping_region", _("Shipping state/province"), types.TEXT),
        _order("shipping_city", _("Shipping city"), types.TEXT),
        _order("shipping_postcode", _("Shipping postcode"), types.TEXT),
        _order("billing_country", _("Billing country"), types.TEXT),
        _order("billing_region", _("Billing state/province"), types.TEXT),
        _order("billing_city", _("Billing city"), types.TEXT),
        _order("billing_postcode", _("Billing postcode"), types.TEXT),
    ],
)

ITEMS_FAMILY = Family(
    _("Ordered products"),
    relations=[ORDER_ITEMS],
    attributes=[
        _item("sku", _("SKU"), types.TEXT),
        _item("name", _("Product name"), types.TEXT),
        _item(
            "product_type",
            _("Product type"),
            types.CHOICE,
            choices=choices.of_column(OrderItem, "product_type"),
        ),
        _item("quantity", _("Quantity ordered"), types.NUMBER),
        _item("price", _("Price"), types.MONEY),
        _item("row_total", _("Row total"), types.MONEY),
        _item("row_total_incl_tax", _("Row total incl. tax"), types.MONEY),
        _item("discount_amount", _("Discount"), types.MONEY),
        ProductCategories(
            code="order_item.category",
            label=_("Category"),
            type=types.CATEGORY,
            relation="order_items",
            choices=choices.CATEGORIES,
            many=True,
        ),
    ],
    of_the_shop=[
        CustomAttributes(
            prefix="order_item.product.",
            definitions=ProductAttribute,
            values=ProductAttributeValue,
            owner="product",
            owner_path="product_id",
            relation="order_items",
        )
    ],
)

REFUNDS_FAMILY = Family(
    _("Refunds"),
    relations=[REFUNDS, REFUND_ITEMS],
    attributes=[
        Column(
            code="refund.amount",
            label=_("Refunded amount"),
            type=types.MONEY,
            relation="refunds",
            paths=("amount",),
        ),
        Column(
            code="refund.created_at",
            label=_("Refund date"),
            type=types.DATETIME,
            relation="refunds",
            paths=("created_at",),
        ),
        _refund_item("sku", _("SKU"), types.TEXT),
        _refund_item("name", _("Product name"), types.TEXT),
        _refund_item(
            "product_type",
            _("Product type"),
            types.CHOICE,
            choices=choices.of_column(RefundItem, "product_type"),
        ),
        _refund_item("quantity", _("Quantity"), types.NUMBER),
        _refund_item("row_total", _("Row total"), types.MONEY),
        ProductCategories(
            code="refund_item.category",
            label=_("Category"),
            type=types.CATEGORY,
            relation="refund_items",
            choices=choices.CATEGORIES,
            many=True,
        ),
    ],
    of_the_shop=[
        CustomAttributes(
            prefix="refund_item.product.",
            definitions=ProductAttribute,
            values=ProductAttributeValue,
            owner="product",
            owner_path="product_id",
            relation="refund_items",
        )
    ],
)
