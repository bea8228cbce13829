"""Conditions on wishlists and the products on them."""

from django.utils.translation import gettext_lazy as _

from conditions.bases.aggregates import FIGURES
from conditions.bases.column import Column
from conditions.bases.derived import Derived
from conditions.bases.elapsed import DaysSince
from conditions.bases.product import product_attributes, product_category
from conditions.language import types
from conditions.language.counted import days
from conditions.registry import Family
from conditions.sql.place import Relation
from customers.models import WishlistItem

WISHLIST_ITEMS = Relation(
    name="wishlist_items",
    label=_("Wishlist"),
    same=_("the same wish"),
    model=WishlistItem,
    prefix="wishlist_item",
    link="wishlist__customer",
    paths={"wishlist_item": ""},
    time="added_at",
    select_related=("product",),
)

LAST_ADDED = Derived(
    code="wishlist.last_added_at",
    label=_("Last added"),
    type=types.DATETIME,
    over="wishlist_items",
    aggregate=FIGURES["max"],
    of_code="wishlist_item.added_at",
    columns=("last_wished_at",),
)

FAMILY = Family(
    _("Wishlist"),
    relations=[WISHLIST_ITEMS],
    attributes=[
        Column(
            code="wishlist_item.sku",
            label=_("SKU"),
            type=types.TEXT,
            relation="wishlist_items",
            paths=("product__sku",),
        ),
        Column(
            code="wishlist_item.name",
            label=_("Product name"),
            type=types.TEXT,
            relation="wishlist_items",
            paths=("product__name",),
        ),
        product_category("wishlist_item", "wishlist_items"),
        Column(
            code="wishlist_item.price",
            label=_("Product price today"),
            type=types.MONEY,
            relation="wishlist_items",
            paths=("product__price",),
        ),
        Column(
            code="wishlist_item.added_at",
            label=_("Added to wishlist"),
            type=types.DATETIME,
            relation="wishlist_items",
            paths=("added_at",),
        ),
        Derived(
            code="wishlist.items_count",
            label=_("Wishlist items"),
            type=types.INTEGER,
            over="wishlist_items",
            columns=("wished_products",),
            always_known=True,
            minimum=0,
        ),
        Column(
            code="wishlist.is_shared",
            label=_("Wishlist is shared"),
            type=types.BOOLEAN,
            paths=("wishlist__is_shared",),
        ),
        DaysSince(
            code="wishlist.days_since_last_added",
            label=_("Days since last added"),
            type=types.INTEGER,
            unit=days,
            since=LAST_ADDED,
        ),
    ],
    of_the_shop=[product_attributes("wishlist_item", "wishlist_items")],
)
