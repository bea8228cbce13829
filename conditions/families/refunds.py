"""Conditions on refunds and their lines."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from conditions.attribute import Attribute
from conditions.bases.column import Column
from conditions.bases.product import product_attributes, product_category
from conditions.language import choices, types
from conditions.language.operators import Words
from conditions.registry import Family
from conditions.sql.place import Relation
from customers.models import Refund, RefundItem

REFUNDS = Relation(
    name="refunds",
    label=_("Refunds"),
    same=_("the same refund"),
    model=Refund,
    prefix="refund",
    link="customer",
    paths={"refund": ""},
    time="created_at",
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
    time="refund__created_at",
    inside={"refunds": "refund"},
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
        product_category("refund_item", "refund_items"),
    ],
    of_the_shop=[product_attributes("refund_item", "refund_items")],
)
