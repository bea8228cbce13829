"""Conditions on wishlists and the products on them."""

from django.utils.translation import gettext_lazy as _

from conditions.bases.aggregates import FIGURES
from conditions.bases.column import Column, columns_of
from conditions.bases.elapsed import DaysSince
from conditions.bases.product import product_attributes, product_columns
from conditions.bases.row_figures.derived import Derived
from conditions.language import counted, types
from conditions.language.counted import days
from conditions.language.phrase import EventPhrase, Phrase, RowsPhrase
from conditions.registry import Beginning, Family
from conditions.sql.place import Relation
from customers.models import WishlistItem

WISHLIST_ITEMS = Relation(
    name="wishlist_items",
    buying="chosen",
    label=_("Wishlist"),
    same=_("the same wish"),
    model=WishlistItem,
    prefix="wishlist_item",
    link="wishlist__customer",
    paths={"wishlist_item": ""},
    time="added_at",
    select_related=("product",),
    phrase=RowsPhrase(
        some=_("have wished for a product%(where)s"),
        none=_("have wished for no product%(where)s"),
        every=_("have wished for products, each of them%(where)s"),
        count=_("have wished for %(value)s%(where)s"),
        rows=_("the products on their wishlist"),
        any=_("have among the products on their wishlist one%(where)s"),
        not_any=_("have among the products on their wishlist none%(where)s"),
        unit=counted.products,
        event=EventPhrase(
            did=_("wished for a product%(where)s"),
            did_not=_("did not wish for a product%(where)s"),
            did_same=_("wished for the same product%(where)s"),
            did_not_same=_("did not wish for the same product%(where)s"),
        ),
    ),
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

_item = columns_of(WISHLIST_ITEMS)

FAMILY = Family(
    _("Wishlist"),
    relations=[WISHLIST_ITEMS],
    attributes=[
        *product_columns(WISHLIST_ITEMS),
        _item(
            "added_at",
            _("Added to wishlist"),
            types.DATETIME,
            phrase=Phrase(_("%(value)s")),
        ),
        Derived(
            code="wishlist.items_count",
            label=_("Wishlist items"),
            type=types.INTEGER,
            over="wishlist_items",
            columns=("wished_products",),
            always_known=True,
            minimum=0,
            phrase=Phrase(
                _("have %(value)s on their wishlist"),
                _("do not have %(value)s on their wishlist"),
                special={"is 0": _("have nothing on their wishlist")},
                unit=counted.products,
            ),
        ),
        Column(
            code="wishlist.is_shared",
            label=_("Wishlist is shared"),
            type=types.BOOLEAN,
            paths=("wishlist__is_shared",),
            phrase=Phrase(
                special={
                    "yes": _("have shared their wishlist"),
                    "not_yes": _("have not shared their wishlist"),
                    "no": _("keep their wishlist to themselves"),
                    "not_no": _("do not keep their wishlist to themselves"),
                    "is_not_empty": _("have a wishlist"),
                    "is_empty": _("have no wishlist"),
                }
            ),
        ),
        DaysSince(
            code="wishlist.days_since_last_added",
            label=_("Days since last added"),
            type=types.INTEGER,
            unit=days,
            since=LAST_ADDED,
            phrase=Phrase(
                _("{whose|their} last addition to the wishlist is %(value)s old"),
                _("{whose|their} last addition to the wishlist is not %(value)s old"),
            ),
        ),
    ],
    of_the_shop=[product_attributes("wishlist_item", "wishlist_items")],
    beginnings=[
        Beginning(
            _("Has something on the wish list"),
            {"attribute": "wishlist.items_count", "operator": "gte", "value": 1},
        ),
    ],
)
