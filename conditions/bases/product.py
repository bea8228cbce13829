"""The attributes of every row with a product: its categories, and the shop's own attributes."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from conditions.attribute import Attribute
from conditions.bases.category import ProductCategories
from conditions.bases.column import columns_of
from conditions.bases.custom_value import CustomAttributes
from conditions.language import choices, types
from conditions.language.phrase import Phrase
from conditions.sql.place import Relation
from customers.models import ProductAttribute, ProductAttributeValue


def product_columns(relation: Relation) -> list[Attribute]:
    """Return the conditions on SKU, name, categories and price of the product of a row."""
    column = columns_of(relation)
    return [
        *_sku_and_name(relation, "product__"),
        product_category(relation.prefix, relation.name),
        column(
            "price",
            _("Product price today"),
            types.MONEY,
            paths=("product__price",),
            phrase=Phrase(_("costing %(value)s today")),
        ),
    ]


def line_columns(relation: Relation, *, said_bare: bool = False, **more: Any) -> list[Attribute]:
    """Return the conditions on SKU, name and type of a line’s product, as the line has them.

    `said_bare` is about the name, `more` about SKU and name.
    """
    column = columns_of(relation)
    return [
        *_sku_and_name(relation, "", said_bare=said_bare, **more),
        column(
            "product_type",
            _("Product type"),
            types.CHOICE,
            choices=choices.of_column(relation.model, "product_type"),
            phrase=Phrase(_("of the type %(value)s")),
        ),
    ]


def _sku_and_name(
    relation: Relation, start: str, *, said_bare: bool = False, **more: Any
) -> list[Attribute]:
    column = columns_of(relation)
    return [
        column(
            "sku",
            _("SKU"),
            types.TEXT,
            paths=(f"{start}sku",),
            phrase=Phrase(_("with SKU %(value)s")),
            as_written=True,
            **more,
        ),
        column(
            "name",
            _("Product name"),
            types.TEXT,
            paths=(f"{start}name",),
            phrase=Phrase(_("with product name %(value)s")),
            said_bare=said_bare,
            said_in_part=True,
            **more,
        ),
    ]


def product_category(prefix: str, relation: str, **more: Any) -> Attribute:
    """Return the condition `<prefix>.category` on rows of `relation`."""
    return ProductCategories(
        code=f"{prefix}.category",
        label=_("Category"),
        type=types.CATEGORY,
        relation=relation,
        choices=choices.CATEGORIES,
        many=True,
        phrase=Phrase(_("from %(value)s")),
        **more,
    )


def product_attributes(prefix: str, relation: str, *, said_bare: bool = False) -> CustomAttributes:
    """Return the conditions `<prefix>.product.<code>` on rows of `relation`."""
    return CustomAttributes(
        prefix=f"{prefix}.product.",
        definitions=ProductAttribute,
        values=ProductAttributeValue,
        owner="product",
        owner_path="product_id",
        relation=relation,
        said_bare=said_bare,
    )
