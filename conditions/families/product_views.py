"""Conditions on the products that customers viewed."""

from django.utils.translation import gettext_lazy as _

from conditions.bases.aggregates import FIGURES
from conditions.bases.column import columns_of
from conditions.bases.elapsed import DaysSince
from conditions.bases.product import product_attributes, product_columns
from conditions.bases.row_figures.derived import Derived
from conditions.language import counted, types
from conditions.language.counted import days
from conditions.language.phrase import EventPhrase, Phrase, RowsPhrase
from conditions.registry import Beginning, Family, rows
from conditions.sql.place import Relation
from customers.models import ProductView

PRODUCT_VIEWS = Relation(
    name="product_views",
    buying="looked_at",
    label=_("Product views"),
    same=_("the same view"),
    model=ProductView,
    prefix="product_view",
    link="customer",
    paths={"product_view": ""},
    time="viewed_at",
    select_related=("product",),
    phrase=RowsPhrase(
        some=_("have viewed a product%(where)s"),
        none=_("have viewed no product%(where)s"),
        every=_("have viewed products, each of them%(where)s"),
        count=_("have made %(value)s%(where)s"),
        rows=_("the products that they viewed"),
        any=_("have among the products that they viewed one%(where)s"),
        not_any=_("have among the products that they viewed none%(where)s"),
        unit=counted.product_views,
        event=EventPhrase(
            did=_("looked at a product%(where)s"),
            did_not=_("did not look at a product%(where)s"),
            did_same=_("looked at the same product%(where)s"),
            did_not_same=_("did not look at the same product%(where)s"),
        ),
    ),
)

_view = columns_of(PRODUCT_VIEWS)

FAMILY = Family(
    _("Viewed products"),
    relations=[PRODUCT_VIEWS],
    attributes=[
        *product_columns(PRODUCT_VIEWS),
        _view(
            "viewed_at",
            _("Viewed"),
            types.DATETIME,
            phrase=Phrase(_("%(value)s")),
        ),
        Derived(
            code="views.count",
            label=_("View count"),
            type=types.INTEGER,
            over="product_views",
            columns=("views",),
            always_known=True,
            minimum=0,
            phrase=Phrase(
                _("have viewed products %(value)s"),
                _("have not viewed products %(value)s"),
                special={"is 0": _("have never viewed a product")},
                unit=counted.times,
            ),
        ),
        Derived(
            code="views.last_viewed_at",
            label=_("Last viewed"),
            type=types.DATETIME,
            over="product_views",
            aggregate=FIGURES["max"],
            of_code="product_view.viewed_at",
            columns=("last_viewed_at",),
            phrase=Phrase(
                _("{whose|their} last product view was %(value)s"),
                _("{whose|their} last product view was not %(value)s"),
            ),
        ),
        DaysSince(
            code="views.days_since_last",
            label=_("Days since last view"),
            type=types.INTEGER,
            unit=days,
            since="views.last_viewed_at",
            phrase=Phrase(
                _("{whose|their} last product view is %(value)s old"),
                _("{whose|their} last product view is not %(value)s old"),
            ),
        ),
    ],
    of_the_shop=[product_attributes("product_view", "product_views", said_bare=True)],
    beginnings=[
        Beginning(
            _("Looked at products of a category …"),
            rows(
                "product_views",
                "exists",
                {"attribute": "product_view.category", "operator": "is_one_of_or_below"},
            ),
            _("viewed seen"),
        ),
        Beginning(
            _("Looked at a product and bought it within … days"),
            {
                "steps": [
                    {"relation": "product_views"},
                    {"relation": "order_items", "within_days": 7, "same": "sku"},
                ]
            },
            _("viewed seen purchased then followed after order of events sequence funnel"),
        ),
        Beginning(
            _("Looked at products in the last … days but did not buy"),
            {
                "match": "all",
                "conditions": [
                    rows(
                        "product_views",
                        "exists",
                        {
                            "attribute": "product_view.viewed_at",
                            "operator": "in_last_days",
                            "value": 30,
                        },
                    ),
                    rows(
                        "sales",
                        "not_exists",
                        {"attribute": "order.created_at", "operator": "in_last_days", "value": 30},
                    ),
                ],
            },
            _("viewed seen ordered bought purchased browse abandonment"),
        ),
    ],
)
