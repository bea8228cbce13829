"""The attributes of every row with a product: its categories, and the shop's own attributes."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from conditions.attribute import Attribute
from conditions.bases.category import ProductCategories
from conditions.bases.custom_value import CustomAttributes
from conditions.language import choices, types
from conditions.language.phrase import Phrase
from customers.models import ProductAttribute, ProductAttributeValue


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
