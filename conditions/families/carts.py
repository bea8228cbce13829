"""Conditions on shopping carts."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from conditions.bases.codes import Codes
from conditions.bases.column import columns_of
from conditions.bases.product import store_column
from conditions.language import choices, counted, types
from conditions.language.phrase import EventPhrase, Phrase, RowsPhrase
from conditions.registry import Beginning, Family, rows
from conditions.sql.place import Relation
from customers.models import AppliedRule, Cart

CARTS = Relation(
    name="carts",
    buying="chosen",
    label=_("Shopping carts"),
    same=_("the same cart"),
    model=Cart,
    amount="cart.grand_total",
    pieces="cart.items_quantity",
    prefix="cart",
    link="customer",
    paths={"cart": ""},
    time="updated_at",
    rows=Q(is_active=True),
    keeps=lambda cart: cart.is_active,
    select_related=("store",),
    phrase=RowsPhrase(
        some=_("have an open cart%(where)s"),
        none=_("have no open cart%(where)s"),
        every=_("have open carts, each of them%(where)s"),
        count=_("have %(value)s%(where)s"),
        rows=_("their open carts"),
        any=_("have among their open carts one%(where)s"),
        not_any=_("have among their open carts none%(where)s"),
        unit=counted.open_carts,
        event=EventPhrase(
            did=_("changed an open cart%(where)s"),
            did_not=_("did not change an open cart%(where)s"),
        ),
    ),
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
    phrase=RowsPhrase(
        some=_("have a cart%(where)s"),
        none=_("have no cart%(where)s"),
        every=_("have carts, each of them%(where)s"),
        count=_("have %(value)s%(where)s"),
        rows=_("their carts"),
        any=_("have among their carts one%(where)s"),
        not_any=_("have among their carts none%(where)s"),
        unit=counted.carts,
        event=EventPhrase(
            did=_("changed a cart%(where)s"),
            did_not=_("did not change a cart%(where)s"),
        ),
    ),
)

_cart = columns_of(CARTS)


_LEFT = {"attribute": "cart.updated_at", "operator": "more_than_hours_ago", "value": 24}
_BASKET = _("basket left")

FAMILY = Family(
    _("Shopping cart"),
    relations=[CARTS, ALL_CARTS],
    attributes=[
        _cart(
            "items_count",
            _("Number of lines"),
            types.INTEGER,
            minimum=0,
            phrase=Phrase(_("made up of %(value)s"), unit=counted.lines),
        ),
        _cart(
            "items_quantity",
            _("Items quantity"),
            types.NUMBER,
            phrase=Phrase(_("totalling %(value)s"), unit=counted.pieces),
        ),
        _cart(
            "subtotal",
            _("Subtotal"),
            types.MONEY,
            phrase=Phrase(_("with a subtotal of %(value)s")),
        ),
        _cart(
            "grand_total",
            _("Grand total"),
            types.MONEY,
            phrase=Phrase(_("of %(value)s")),
        ),
        _cart(
            "created_at",
            _("Created"),
            types.DATETIME,
            phrase=Phrase(_("created %(value)s")),
        ),
        _cart(
            "updated_at",
            _("Last updated"),
            types.DATETIME,
            search_words=_("abandoned basket"),
            phrase=Phrase(
                _("last changed %(value)s"),
                special={
                    "more_than_days_ago": counted.unchanged_for_days,
                    "more_than_hours_ago": counted.unchanged_for_hours,
                },
            ),
        ),
        # Restricted to active carts it would have no meaning.
        _cart(
            "is_active",
            _("Is active"),
            types.BOOLEAN,
            relation="all_carts",
            phrase=Phrase(
                special={
                    "yes": _("still open"),
                    "not_yes": _("not still open"),
                    "no": _("no longer open"),
                    "not_no": _("not no longer open"),
                }
            ),
        ),
        store_column(CARTS),
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
            phrase=Phrase(
                _("with the price rule %(value)s"),
                special={
                    "is_not_empty": _("with a price rule"),
                    "is_empty": _("without a price rule"),
                },
            ),
        ),
        _cart(
            "coupon_code",
            _("Coupon code"),
            types.TEXT,
            phrase=Phrase(
                _("with coupon code %(value)s"),
                special={
                    "is_not_empty": _("with a coupon code"),
                    "is_empty": _("without a coupon code"),
                },
            ),
        ),
    ],
    beginnings=[
        Beginning(_("Has an abandoned cart"), rows("carts", "exists", _LEFT), _BASKET),
        Beginning(
            _("Has an abandoned cart worth … or more"),
            rows("carts", "exists", _LEFT, {"attribute": "cart.grand_total", "operator": "gte"}),
            _BASKET,
        ),
        Beginning(_("Has no abandoned cart"), rows("carts", "not_exists", _LEFT), _BASKET),
        Beginning(
            _("Put something into the cart but did not order within … days"),
            {
                "steps": [
                    {"relation": "cart_items"},
                    {"relation": "sales", "within_days": 3, "not": True},
                ]
            },
            _("basket left added abandoned purchased then sequence"),
        ),
    ],
)
