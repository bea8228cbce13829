"""Conditions on refunds and their lines."""

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
from conditions.registry import Beginning, Family, rows
from conditions.sql.place import Relation
from customers.models import Refund, RefundItem

REFUNDS = Relation(
    name="refunds",
    label=_("Refunds"),
    same=_("the same refund"),
    model=Refund,
    amount="refund.amount",
    prefix="refund",
    link="customer",
    paths={"refund": ""},
    time="created_at",
    inside={"orders": "order", "sales": "order"},
    select_related=("order",),
    phrase=RowsPhrase(
        some=_("have received a refund%(where)s"),
        none=_("have received no refund%(where)s"),
        every=_("have received refunds, each of them%(where)s"),
        count=_("have received %(value)s%(where)s"),
        rows=_("their refunds"),
        never=_("have never received a refund"),
        any=_("have a refund%(where)s"),
        not_any=_("have no refund%(where)s"),
        unit=counted.refunds,
        event=EventPhrase(
            did=_("received a refund%(where)s"),
            did_not=_("did not receive a refund%(where)s"),
        ),
    ),
    inner=RowsPhrase(
        some=_("with a refund%(where)s"),
        none=_("without a refund%(where)s"),
        every=_("with refunds, each of them%(where)s"),
        count=_("with %(value)s%(where)s"),
        rows=_("its refunds"),
        unit=counted.refunds,
    ),
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
    phrase=RowsPhrase(
        some=_("have returned a product%(where)s"),
        none=_("have never returned a product%(where)s"),
        every=_("have returned products, each of them%(where)s"),
        count=_("have returned %(value)s%(where)s"),
        rows=_("the products that they returned"),
        any=_("have among the products that they returned one%(where)s"),
        not_any=_("have among the products that they returned none%(where)s"),
        unit=counted.ordered_lines,
        event=EventPhrase(
            did=_("returned a product%(where)s"),
            did_not=_("did not return a product%(where)s"),
            did_same=_("returned the same product%(where)s"),
            did_not_same=_("did not return the same product%(where)s"),
        ),
    ),
    inner=products_inside(counted.lines),
)

_refund = columns_of(REFUNDS)

FAMILY = Family(
    _("Refunds"),
    relations=[REFUNDS, REFUND_ITEMS],
    attributes=[
        _refund(
            "amount",
            _("Refunded amount"),
            types.MONEY,
            phrase=Phrase(_("of %(value)s")),
        ),
        _refund(
            "created_at",
            _("Refund date"),
            types.DATETIME,
            phrase=Phrase(_("%(value)s")),
        ),
        *line_columns(REFUND_ITEMS, has_price=False),
        product_category("refund_item", "refund_items"),
    ],
    of_the_shop=[product_attributes("refund_item", "refund_items")],
    beginnings=[
        Beginning(_("Has had a refund"), rows("refunds", "exists"), _("returned money back")),
        Beginning(_("Has never had a refund"), rows("refunds", "not_exists")),
    ],
)
