"""Conditions on the lines of shopping carts."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from conditions.bases.column import columns_of
from conditions.bases.product import (
    line_columns,
    product_attributes,
    product_category,
    products_inside,
)
from conditions.language import counted, types
from conditions.language.phrase import EventPhrase, Phrase, RowsPhrase
from conditions.registry import Family
from conditions.sql.place import Relation
from customers.models import CartItem

CART_ITEMS = Relation(
    name="cart_items",
    label=_("Products in the cart"),
    same=_("the same line"),
    model=CartItem,
    amount="cart_item.row_total",
    prefix="cart_item",
    link="cart__customer",
    paths={"cart_item": ""},
    time="added_at",
    rows=Q(parent__isnull=True),
    keeps=lambda line: line.parent_id is None and line.parent is None,
    top=Q(cart__is_active=True),
    top_keeps=lambda line: line.cart.is_active,
    inside={"carts": "cart", "all_carts": "cart"},
    phrase=RowsPhrase(
        some=_("have in their cart a product%(where)s"),
        none=_("have in their cart no product%(where)s"),
        every=_("have in their cart products, each of them%(where)s"),
        count=_("have in their cart %(value)s%(where)s"),
        rows=_("the products in their cart"),
        any=_("have among the products in their cart one%(where)s"),
        not_any=_("have among the products in their cart none%(where)s"),
        unit=counted.products,
        event=EventPhrase(
            did=_("put something into the cart%(where)s"),
            did_not=_("did not put anything into the cart%(where)s"),
            did_same=_("put the same product into the cart%(where)s"),
            did_not_same=_("did not put the same product into the cart%(where)s"),
        ),
    ),
    inner=products_inside(counted.products),
)
ALL_CART_ITEMS = Relation(
    name="all_cart_items",
    label=_("Products in carts, converted and expired ones too"),
    same=_("the same line"),
    model=CartItem,
    prefix="cart_item",
    link="cart__customer",
    paths={"cart_item": ""},
    time="added_at",
    rows=CART_ITEMS.rows,
    keeps=CART_ITEMS.keeps,
    phrase=RowsPhrase(
        some=_("have put a product into a cart%(where)s"),
        none=_("have put no product into a cart%(where)s"),
        every=_("have put products into carts, each of them%(where)s"),
        count=_("have put %(value)s into carts%(where)s"),
        rows=_("the products that they put into carts"),
        any=_("have among the products that they put into carts one%(where)s"),
        not_any=_("have among the products that they put into carts none%(where)s"),
        unit=counted.products,
        event=EventPhrase(
            did=_("put something into any cart%(where)s"),
            did_not=_("did not put anything into any cart%(where)s"),
            did_same=_("put the same product into any cart%(where)s"),
            did_not_same=_("did not put the same product into any cart%(where)s"),
        ),
    ),
)

_item = columns_of(CART_ITEMS)


FAMILY = Family(
    _("Cart items"),
    relations=[CART_ITEMS, ALL_CART_ITEMS],
    attributes=[
        *line_columns(CART_ITEMS),
        _item(
            "added_at",
            _("Added to cart"),
            types.DATETIME,
            phrase=Phrase(_("added %(value)s")),
        ),
        _item(
            "updated_at",
            _("Last updated"),
            types.DATETIME,
            phrase=Phrase(_("last changed %(value)s")),
        ),
        product_category("cart_item", "cart_items"),
    ],
    of_the_shop=[product_attributes("cart_item", "cart_items")],
)
