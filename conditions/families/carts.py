"""Conditions on shopping carts."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from conditions.attribute import Attribute
from conditions.bases.codes import Codes
from conditions.bases.column import Column
from conditions.language import choices, types
from conditions.language.operators import Words
from conditions.registry import Family
from conditions.sql.place import Relation
from customers.models import AppliedRule, Cart, Store

CARTS = Relation(
    name="carts",
    label=_("Shopping carts"),
    same=_("the same cart"),
    model=Cart,
    prefix="cart",
    link="customer",
    paths={"cart": ""},
    time="updated_at",
    rows=Q(is_active=True),
    keeps=lambda cart: cart.is_active,
    select_related=("store",),
)
ALL_CARTS = Relation(
    name="all_carts",
    label=_("Shopping carts, converted and expired ones too"),
    same=_("the same cart"),
    model=Cart,
    prefix="cart",
    link="customer",
    paths={"cart": ""},
    time="updated_at",
    select_related=("store",),
)


def _cart(name: str, label: Words, type_: types.ValueType, **more: Any) -> Attribute:
    more = {"relation": "carts", "paths": (name,), **more}
    return Column(code=f"cart.{name}", label=label, type=type_, **more)


FAMILY = Family(
    _("Shopping cart"),
    relations=[CARTS, ALL_CARTS],
    attributes=[
        _cart("items_count", _("Number of lines"), types.INTEGER, minimum=0),
        _cart("items_quantity", _("Items quantity"), types.NUMBER),
        _cart("subtotal", _("Subtotal"), types.MONEY),
        _cart("grand_total", _("Grand total"), types.MONEY),
        _cart("created_at", _("Created"), types.DATETIME),
        _cart(
            "updated_at",
            _("Last updated"),
            types.DATETIME,
            search_words=_("abandoned basket"),
        ),
        # Of active carts alone it would say nothing.
        _cart("is_active", _("Is active"), types.BOOLEAN, relation="all_carts"),
        _cart(
            "store",
            _("Store"),
            types.CHOICE,
            paths=("store__code",),
            choices=choices.of_model(Store),
        ),
        Codes(
            code="cart.applied_rules",
            label=_("Applied price rules"),
            type=types.SET,
            relation="carts",
            model=AppliedRule,
            owner="cart",
            column="rule",
            choices=choices.of_column(AppliedRule, "rule"),
            many=True,
        ),
        _cart("coupon_code", _("Coupon code"), types.TEXT),
    ],
)
