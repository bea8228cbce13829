"""Products of WooCommerce's REST API, their variations, categories, brands and attributes."""

from collections.abc import Iterable, Mapping
from typing import Any

from integrations.shops.apis.platforms import ObjectFile, ShopObject
from integrations.shops.converting.categories import CategoryTree
from integrations.shops.converting.conversion import Conversion
from integrations.shops.files.layouts import SourceRow
from integrations.shops.files.values import text
from integrations.woocommerce.api.layouts import product_price
from integrations.woocommerce.api.reader import PATHS, VARIATIONS
from integrations.woocommerce.conversion import attribute_code
from integrations.woocommerce.layouts import VIRTUAL, product_sku

GONE = ("trash", "auto-draft")
# A variation with more attributes has the name of its product (WooCommerce).
NAMED_ATTRIBUTES = 2


def convert_products(conversion: Conversion, file: ObjectFile) -> None:
    """Write the products of a block with their variations."""
    labels = _labels(file.table.objects.values())
    if labels:
        table = conversion.open_table("product_attributes", [], ("code", "label", "type"))
        for code, label in labels.items():
            table.write({"code": code, "label": label, "type": "text"}, -1, 0)
    columns = [f"attributes.{code}" for code in labels]
    names = ("sku", "name", "product_type", "price", "created_at", "categories")
    products = conversion.open_table("products", [], (*names, *columns))
    categories = CategoryTree(conversion)
    for row in conversion.rows(file):
        product = file.object_of(row)
        if row["status"] in GONE:
            conversion.plan.left_out["products", row["status"]] += 1
            continue
        codes = categories.codes(product[PATHS], row)
        for one, values in _with_variations(conversion, row, product):
            values["categories"] = codes
            values.update(_attributes(one))
            conversion.write_product(products, values, row)
    categories.write()


def _with_variations(
    conversion: Conversion, row: SourceRow, product: ShopObject
) -> Iterable[tuple[ShopObject, dict[str, str]]]:
    """Yield a product and its variations with what each says by itself."""
    kind = text(product.get("type"))
    yield product, _product_values(conversion, row, row["name"], product, kind)
    for one in product.get(VARIATIONS, ()):
        cells = {key: text(value) for key, value in one.items() if not isinstance(value, list)}
        if cells.get("sku") == row["sku"]:
            cells["sku"] = ""  # The API gives the parent's to a variation that has none.
        index = {key: at for at, key in enumerate(cells)}
        variation = SourceRow(row.file, row.place, [*cells.values()], index)
        name = _variation_name(row["name"], one)
        yield one, _product_values(conversion, variation, name, one, "variation")


def _product_values(
    conversion: Conversion, row: SourceRow, name: str, product: ShopObject, kind: str
) -> dict[str, str]:
    return {
        "sku": product_sku(row),
        "name": name,
        "product_type": next((word for word in VIRTUAL if product.get(word) is True), kind),
        "price": product_price(row),
        "created_at": conversion.instant(row, "date_created_gmt", is_utc=True),
    }


def _variation_name(parent: str, variation: ShopObject) -> str:
    """Return the name of a variation as WooCommerce builds it."""
    name = text(variation.get("name"))
    if name.startswith(parent):
        return name
    options = [text(one.get("option")) for one in elements(variation, "attributes")]
    options = [*filter(None, options)]
    if not options or len(options) > NAMED_ATTRIBUTES:
        return parent
    return f"{parent} - {', '.join(options)}"


def _labels(products: Iterable[ShopObject]) -> dict[str, str]:
    """Return the labels of the attributes of products by our codes."""
    labels: dict[str, str] = {}
    for product in products:
        if "brands" in product:
            labels["brand"] = "Brand"
        for one in (product, *product.get(VARIATIONS, ())):
            for attribute in elements(one, "attributes"):
                if name := text(attribute.get("name")).strip():
                    labels.setdefault(attribute_code(name), name)
    return labels


def _attributes(product: ShopObject) -> dict[str, str]:
    found = {}
    if brands := [text(one.get("name")) for one in elements(product, "brands")]:
        found["attributes.brand"] = ", ".join(brands)
    for one in elements(product, "attributes"):
        if name := text(one.get("name")).strip():
            options = one.get("options")
            values = options if isinstance(options, list) else [one.get("option")]
            cell = ", ".join(filter(None, map(text, values)))
            found[f"attributes.{attribute_code(name)}"] = cell
    return found


def elements(shop_object: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the objects of a list; an absent list has none."""
    return [one for one in shop_object.get(name) or () if isinstance(one, dict)]
