"""Conditions on the lines of orders."""

from typing import Any

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
from conditions.registry import Beginning, Family, rows
from conditions.sql.place import Relation
from customers.models import OrderItem, OrderState


def _has_no_parent(line: Any) -> bool:
    return line.parent_id is None


ORDER_ITEMS = Relation(
    name="order_items",
    label=_("Ordered products"),
    same=_("the same line"),
    model=OrderItem,
    amount="order_item.row_total",
    pieces="order_item.quantity",
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
    phrase=RowsPhrase(
        some=_("have bought a product%(where)s"),
        none=_("have never bought a product%(where)s"),
        every=_("have bought products, each of them%(where)s"),
        count=_("have bought %(value)s%(where)s"),
        rows=_("the products that they ordered"),
        any=_("have among the products that they ordered one%(where)s"),
        not_any=_("have among the products that they ordered none%(where)s"),
        unit=counted.ordered_lines,
        event=EventPhrase(
            did=_("bought a product%(where)s"),
            did_not=_("did not buy a product%(where)s"),
            did_same=_("bought the same product%(where)s"),
            did_not_same=_("did not buy the same product%(where)s"),
        ),
    ),
    inner=products_inside(counted.lines),
)


_BOUGHT = _("bought product article")

_item = columns_of(ORDER_ITEMS)


_ORDERED = _("ordered purchased")
_CATEGORY = {"attribute": "order_item.category", "operator": "is_one_of_or_below"}
_NAME = {"attribute": "order_item.name", "operator": "is_one_of"}

FAMILY = Family(
    _("Ordered products"),
    relations=[ORDER_ITEMS],
    attributes=[
        *line_columns(
            ORDER_ITEMS,
            quantity=_("Quantity ordered"),
            said_bare=True,
            usual="is_one_of",
            search_words=_BOUGHT,
        ),
        _item(
            "row_total_incl_tax",
            _("Row total incl. tax"),
            types.MONEY,
            phrase=Phrase(_("with a row total including tax of %(value)s")),
        ),
        _item(
            "discount_amount",
            _("Discount"),
            types.MONEY,
            phrase=Phrase(_("reduced by %(value)s")),
        ),
        product_category("order_item", "order_items", search_words=_BOUGHT),
    ],
    of_the_shop=[product_attributes("order_item", "order_items", said_bare=True)],
    beginnings=[
        Beginning(
            _("Has bought from a category …"), rows("order_items", "exists", _CATEGORY), _ORDERED
        ),
        Beginning(
            _("Has never bought from a category …"),
            rows("order_items", "not_exists", _CATEGORY),
            _ORDERED,
        ),
        Beginning(
            _("Has ordered … times or more from a category"),
            rows("sales", "count", rows("order_items", "exists", _CATEGORY))
            | {"operator": "gte", "value": 2},
            _ORDERED,
        ),
        Beginning(_("Has bought the product …"), rows("order_items", "exists", _NAME), _ORDERED),
        Beginning(
            _("Has never bought the product …"),
            rows("order_items", "not_exists", _NAME),
            _ORDERED,
        ),
    ],
)
