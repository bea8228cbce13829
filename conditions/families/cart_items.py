"""Conditions on the lines of shopping carts."""

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
from customers.models import CartItem

CART_ITEMS = Relation(
    name="cart_items",
    label=_("Products in the cart"),
    same=_("the same line"),
    model=CartItem,
    prefix="cart_item",
    link="cart__customer",
    paths={"cart_item": ""},
    time="added_at",
    rows=Q(parent__isnull=True),
    keeps=lambda line: line.parent_id is None and line.parent is None,
    top=Q(cart__is_active=True),
    top_keeps=lambda line: line.cart.is_active,
    inside={"carts": "cart", "all_carts": "cart"},
)


def _item(name: str, label: Words, type_: types.ValueType, **more: Any) -> Attribute:
    return Column(
        code=f"cart_item.{name}",
        label=label,
        type=type_,
        relation="cart_items",
        paths=(name,),
        **more,
    )


FAMILY = Family(
    _("Cart items"),
    relations=[CART_ITEMS],
    attributes=[
        _item("sku", _("SKU"), types.TEXT),
        _item("name", _("Product name"), types.TEXT),
        _item(
            "product_type",
            _("Product type"),
            types.CHOICE,
            choices=choices.of_column(CartItem, "product_type"),
        ),
        _item("quantity", _("Quantity"), types.NUMBER),
        _item("price", _("Price"), types.MONEY),
        _item("row_total", _("Row total"), types.MONEY),
        _item("added_at", _("Added to cart"), types.DATETIME),
        _item("updated_at", _("Last updated"), types.DATETIME),
        product_category("cart_item", "cart_items"),
    ],
    of_the_shop=[product_attributes("cart_item", "cart_items")],
)
