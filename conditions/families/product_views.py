"""Conditions on the products that customers viewed."""

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
from customers.models import ProductView

PRODUCT_VIEWS = Relation(
    name="product_views",
    label=_("Product views"),
    same=_("the same view"),
    model=ProductView,
    prefix="product_view",
    link="customer",
    paths={"product_view": ""},
    time="viewed_at",
    select_related=("product",),
)

FAMILY = Family(
    _("Viewed products"),
    relations=[PRODUCT_VIEWS],
    attributes=[
        Column(
            code="product_view.sku",
            label=_("SKU"),
            type=types.TEXT,
            relation="product_views",
            paths=("product__sku",),
        ),
        Column(
            code="product_view.name",
            label=_("Product name"),
            type=types.TEXT,
            relation="product_views",
            paths=("product__name",),
        ),
        product_category("product_view", "product_views"),
        Column(
            code="product_view.price",
            label=_("Product price today"),
            type=types.MONEY,
            relation="product_views",
            paths=("product__price",),
        ),
        Column(
            code="product_view.viewed_at",
            label=_("Viewed"),
            type=types.DATETIME,
            relation="product_views",
            paths=("viewed_at",),
        ),
        Derived(
            code="views.count",
            label=_("View count"),
            type=types.INTEGER,
            over="product_views",
            columns=("views",),
            always_known=True,
            minimum=0,
        ),
        Derived(
            code="views.last_viewed_at",
            label=_("Last viewed"),
            type=types.DATETIME,
            over="product_views",
            aggregate=FIGURES["max"],
            of_code="product_view.viewed_at",
            columns=("last_viewed_at",),
        ),
        DaysSince(
            code="views.days_since_last",
            label=_("Days since last view"),
            type=types.INTEGER,
            unit=days,
            since="views.last_viewed_at",
        ),
    ],
    of_the_shop=[product_attributes("product_view", "product_views")],
)
