"""Conditions on the lines of orders."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from conditions.attribute import Attribute
from conditions.bases.column import Column
from conditions.bases.product import product_attributes, product_category
from conditions.language import choices, types
from conditions.language.operators import Words
from conditions.registry import Family
from conditions.sql.place import Relation
from customers.models import OrderItem, OrderState


def _has_no_parent(line: Any) -> bool:
    return line.parent_id is None


ORDER_ITEMS = Relation(
    name="order_items",
    label=_("Ordered products"),
    same=_("the same line"),
    model=OrderItem,
    prefix="order_item",
    link="order__customer",
    paths={"order_item": "", "order": "order__"},
    time="order__created_at",
    rows=Q(parent__isnull=True),
    keeps=_has_no_parent,
    top=~Q(order__state=OrderState.CANCELED),
    top_keeps=lambda line: line.order.state != OrderState.CANCELED,
    inside={"orders": "order", "sales": "order"},
    select_related=("order__store__website",),
)


_BOUGHT = _("bought product article")


def _item(name: str, label: Words, type_: types.ValueType, **more: Any) -> Attribute:
    return Column(
        code=f"order_item.{name}",
        label=label,
        type=type_,
        relation="order_items",
        paths=(name,),
        **more,
    )


FAMILY = Family(
    _("Ordered products"),
    relations=[ORDER_ITEMS],
    attributes=[
        _item("sku", _("SKU"), types.TEXT, search_words=_BOUGHT),
        _item("name", _("Product name"), types.TEXT, search_words=_BOUGHT),
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
        product_category("order_item", "order_items", search_words=_BOUGHT),
    ],
    of_the_shop=[product_attributes("order_item", "order_items")],
)
