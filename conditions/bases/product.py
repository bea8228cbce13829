"""Attributes of rows of several kinds: the store, the product, and the amounts of a line."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from conditions.attribute import Attribute
from conditions.bases.category import ProductCategories
from conditions.bases.column import columns_of
from conditions.bases.custom_value import CustomAttributes
from conditions.language import choices, types
from conditions.language.counted import Counted
from conditions.language.operators import Words
from conditions.language.phrase import Phrase, RowsPhrase
from conditions.sql.place import Relation
from customers.models import ProductAttribute, ProductAttributeValue, Store

_QUANTITY = _("Quantity")


def store_column(relation: Relation) -> Attribute:
    """Return the condition on the store of a row."""
    return columns_of(relation)(
        "store",
        _("Store"),
        types.CHOICE,
        paths=("store__code",),
        choices=choices.of_model(Store),
        phrase=Phrase(_("in the store %(value)s")),
    )


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


def line_columns(
    relation: Relation,
    *,
    quantity: Words = _QUANTITY,
    has_price: bool = True,
    said_bare: bool = False,
    **more: Any,
) -> list[Attribute]:
    """Return the conditions on a line: SKU, name and type of its product, and its amounts.

    `quantity` is the label of the quantity; `said_bare` is about the name, `more` about SKU and
    name.
    """
    column = columns_of(relation)
    price = column("price", _("Price"), types.MONEY, phrase=Phrase(_("at a price of %(value)s")))
    return [
        *_sku_and_name(relation, "", said_bare=said_bare, **more),
        column(
            "product_type",
            _("Product type"),
            types.CHOICE,
            choices=choices.of_column(relation.model, "product_type"),
            phrase=Phrase(_("of the type %(value)s")),
        ),
        column(
            "quantity",
            quantity,
            types.NUMBER,
            phrase=Phrase(_("in a quantity of %(value)s")),
        ),
        *([price] if has_price else []),
        column(
            "row_total",
            _("Row total"),
            types.MONEY,
            phrase=Phrase(_("with a row total of %(value)s")),
        ),
    ]


def products_inside(unit: Counted) -> RowsPhrase:
    """Return how a sentence says which products are in a cart, an order or a refund."""
    return RowsPhrase(
        some=_("with a product%(where)s"),
        none=_("with no product%(where)s"),
        every=_("with products, each of them%(where)s"),
        count=_("with %(value)s%(where)s"),
        rows=_("its products"),
        unit=unit,
    )


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
