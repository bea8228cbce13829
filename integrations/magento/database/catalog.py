"""Categories and products of Magento."""

from itertools import groupby

from django.utils.translation import gettext_noop as _

from integrations.magento.database.attributes import Attributes, valid_now
from integrations.magento.database.layouts import CATEGORIES, PRODUCTS
from integrations.magento.database.shop import MagentoShop

CATEGORY_ENTITY = "catalog_category_entity"
PRODUCT_ENTITY = "catalog_product_entity"
# Level 0 is the root of all, level 1 that of each store.
TOP_LEVEL = 2
SKU = "sku of a product"
OF_PRODUCT = "categories of a product"


def category_code(number: str) -> str:
    """Return our code of a category."""
    return f"category-{number}"


def write_categories(shop: MagentoShop) -> None:
    """Write the categories below the stores' roots, and note their numbers, which are few."""
    source, conversion = shop.source, shop.conversion
    more, joins = Attributes(source, "catalog_category", CATEGORY_ENTITY).columns("name")
    file = source.open(
        CATEGORIES,
        CATEGORY_ENTITY,
        "entity_id",
        more=more,
        joins=joins,
        where=valid_now(source, CATEGORY_ENTITY),
        order="t.level, t.entity_id",
    )
    table = conversion.open_table("categories", [], ("code", "name", "parent"))
    found = shop.categories
    for row in conversion.rows(file):
        number = str(row.place)
        if int(row["level"] or 0) < TOP_LEVEL:
            continue
        found.add(number)
        parent = row["parent_id"]
        values = {
            "code": category_code(number),
            "name": row["name"] or category_code(number),
            "parent": category_code(parent) if parent in found else "",
        }
        table.write(values, row.file, row.place)


def write_products(shop: MagentoShop) -> None:
    """Write the products and their custom attributes; note their SKUs by their numbers."""
    source, conversion = shop.source, shop.conversion
    scratch = conversion.scratch
    pairs = source.database.stream(
        "SELECT product_id, category_id FROM"
        f" {source.table('catalog_category_product')} ORDER BY product_id, category_id"
    )
    for product, group in groupby(pairs, lambda pair: pair[0]):
        codes = [category_code(number) for _product, number in group if number in shop.categories]
        if codes:
            scratch.add_name(OF_PRODUCT, product, "|".join(codes))
    attributes = Attributes(source, "catalog_product", PRODUCT_ENTITY)
    attributes.write(conversion, "product_attributes")
    more, joins = attributes.columns("name", "price", has_custom=True)
    file = source.open(
        PRODUCTS,
        PRODUCT_ENTITY,
        "entity_id",
        more=more,
        joins=joins,
        where=valid_now(source, PRODUCT_ENTITY),
    )
    table = conversion.open_table("products", [file], ("categories", *attributes.columns_of_ours()))
    read = conversion.reader(file, "products")
    for row in conversion.rows(file):
        sku = row["sku"]
        if not sku:
            conversion.plan.left_out["products", _("without a SKU")] += 1
            continue
        number = str(row.place)
        values = read(row)
        values.update(attributes.values(row))
        values["categories"] = scratch.name(OF_PRODUCT, number) or ""
        scratch.add_name(SKU, number, sku)
        conversion.write_product(table, values, row)
