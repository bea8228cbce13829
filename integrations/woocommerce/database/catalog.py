"""Products of WooCommerce, their categories, brands and attributes."""

import html
import json
from itertools import groupby
from urllib.parse import unquote

from integrations.shops.converting.categories import CategoryTree
from integrations.shops.converting.conversion import Conversion
from integrations.shops.databases.source import DatabaseSource, pivot
from integrations.shops.files.layouts import SourceRow
from integrations.shops.files.values import round_cell
from integrations.woocommerce.conversion import attribute_code
from integrations.woocommerce.database.layouts import PRODUCTS
from integrations.woocommerce.database.php import BadSerialisation, unserialise
from integrations.woocommerce.layouts import VIRTUAL

SKU = "sku of a product"
TERMS = "terms of a product"
VARIATION = "product_variation"
GONE = ("trash", "auto-draft")
TYPE, CATEGORY, BRAND = "product_type", "product_cat", "product_brand"
GLOBAL = "pa_"
META = (
    *("_sku", "_regular_price", "_sale_price", "_sale_price_dates_from", "_sale_price_dates_to"),
    *("_downloadable", "_virtual", "_product_attributes"),
)


def quote_text(text: str) -> str:
    """Return a text as SQL writes it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


class ProductConversion:
    """The products of a shop; its terms and the names of attributes fit into the memory."""

    def __init__(self, source: DatabaseSource) -> None:
        self.source, self.conversion = source, source.conversion
        # Taxonomy, name, slug and parent's term by the number of the taxonomy's term.
        self._terms: dict[str, tuple[str, str, str, str]] = {}
        # The number of the taxonomy's term by taxonomy and term.
        self._numbers: dict[tuple[str, str], str] = {}
        self._slugs: dict[tuple[str, str], str] = {}
        self._load_terms()
        self._global_labels = self._load_global_labels()
        # Labels of attributes by our codes.
        self._labels: dict[str, str] = {}

    def write(self) -> None:
        """Write categories, attributes and products; note the SKUs by the products' numbers."""
        source, conversion = self.source, self.conversion
        self._note_terms()
        self._find_labels()
        self._write_attributes()
        # Variations name attributes as `attribute_pa_size` or `attribute_size`.
        variations = [
            key
            for (key,) in source.rows(
                f"SELECT DISTINCT meta_key FROM {source.table('postmeta')}"
                " WHERE meta_key LIKE 'attribute\\_%' ORDER BY meta_key"
            )
            if "`" not in key
        ]
        more, joins = pivot(
            source,
            "postmeta",
            "post_id",
            {key: quote_text(key) for key in (*META, *variations)},
            alias="m",
            on="t.ID",
            by="meta_key",
            value="meta_value",
        )
        file = source.open(
            PRODUCTS,
            "posts",
            "ID",
            more=more,
            joins=joins,
            where=f"t.post_type IN ('product', '{VARIATION}')",
        )
        columns = [f"attributes.{code}" for code in self._labels]
        table = conversion.open_table(
            "products", [file], ("product_type", "price", "categories", *columns)
        )
        categories = CategoryTree(conversion)
        read = conversion.reader(file, "products")
        for row in conversion.rows(file):
            if row["_sku"]:
                conversion.scratch.add_name(SKU, str(row.place), row["_sku"])
            if row["post_status"] in GONE:
                conversion.plan.left_out["products", row["post_status"]] += 1
                continue
            values = read(row)
            is_variation = row["post_type"] == VARIATION
            terms = self._terms_of(str(row.place))
            of_parent = self._terms_of(row["post_parent"]) if is_variation else terms
            values.update(
                product_type=_product_type(row, self._names(terms, TYPE)),
                price=round_cell(_price(row)),
                categories=categories.codes(
                    (self._path(term) for term in of_parent if self._terms[term][0] == CATEGORY),
                    row,
                ),
                **self._attributes(row, terms, variations if is_variation else []),
            )
            conversion.write_product(table, values, row)
        categories.write()

    def _load_terms(self) -> None:
        source = self.source
        for number, term, taxonomy, parent, name, slug in source.rows(
            "SELECT x.term_taxonomy_id, x.term_id, x.taxonomy, x.parent, n.name, n.slug FROM"
            f" {source.table('term_taxonomy')} AS x JOIN {source.table('terms')} AS n"
            f" ON n.term_id = x.term_id WHERE x.taxonomy IN ('{TYPE}', '{CATEGORY}', '{BRAND}')"
            f" OR x.taxonomy LIKE 'pa\\_%' ORDER BY x.term_taxonomy_id"
        ):
            self._terms[number] = (taxonomy, html.unescape(name), slug, parent)
            self._numbers[taxonomy, term] = number
            self._slugs[taxonomy, slug] = html.unescape(name)

    def _load_global_labels(self) -> dict[str, str]:
        name = "woocommerce_attribute_taxonomies"
        if not self.source.has(name):
            return {}
        rows = self.source.rows(
            f"SELECT attribute_name, attribute_label FROM {self.source.table(name)}"
        )
        return {f"{GLOBAL}{name}": label or name for name, label in rows}

    def _note_terms(self) -> None:
        source = self.source
        pairs = source.database.stream(
            "SELECT object_id, term_taxonomy_id FROM"
            f" {source.table('term_relationships')}"
            " ORDER BY object_id, term_order, term_taxonomy_id"
        )
        for product, group in groupby(pairs, lambda pair: pair[0]):
            terms = [number for _product, number in group if number in self._terms]
            if terms:
                self.conversion.scratch.add_name(TERMS, product, json.dumps(terms))

    def _terms_of(self, product: str) -> list[str]:
        found: list[str] = json.loads(self.conversion.scratch.name(TERMS, product) or "[]")
        return found

    def _names(self, terms: list[str], taxonomy: str) -> list[str]:
        return [self._terms[one][1] for one in terms if self._terms[one][0] == taxonomy]

    def _path(self, number: str) -> list[str]:
        """Return the names of a category from the top to it."""
        path: list[str] = []
        met: set[str] = set()
        at: str | None = number
        while at is not None and at not in met:
            met.add(at)
            taxonomy, name, _slug, parent = self._terms[at]
            path.insert(0, name)
            at = self._numbers.get((taxonomy, parent))
        return path

    def _label(self, key: str, given: str) -> str:
        """Return the label of an attribute: of one that the whole shop shares, the shop's."""
        return self._global_labels.get(given or key) or self._global_labels.get(key) or given or key

    def _find_labels(self) -> None:
        if any(taxonomy == BRAND for taxonomy, *_rest in self._terms.values()):
            self._labels["brand"] = "Brand"
        source = self.source
        for (cell,) in source.database.stream(
            f"SELECT meta_value FROM {source.table('postmeta')}"
            " WHERE meta_key = '_product_attributes' ORDER BY post_id"
        ):
            for key, one in _attributes_of_product(cell).items():
                label = self._label(key, str(one.get("name") or ""))
                self._labels.setdefault(attribute_code(label), label)

    def _write_attributes(self) -> None:
        if not self._labels:
            return
        table = self.conversion.open_table("product_attributes", [], ("code", "label", "type"))
        for code, label in self._labels.items():
            table.write({"code": code, "label": label, "type": "text"}, -1, 0)

    def _attributes(
        self, row: SourceRow, terms: list[str], variations: list[str]
    ) -> dict[str, str]:
        found = {}
        if brands := self._names(terms, BRAND):
            found["attributes.brand"] = ", ".join(brands)
        for key, one in _attributes_of_product(row["_product_attributes"]).items():
            name = str(one.get("name") or key)
            if str(one.get("is_taxonomy") or "0") == "1":
                value = ", ".join(self._names(terms, name))
            else:
                parts = (part.strip() for part in str(one.get("value") or "").split("|"))
                value = ", ".join(filter(None, parts))
            found[f"attributes.{attribute_code(self._label(key, name))}"] = value
        for column in variations:
            if value := row[column.lower()]:
                key = unquote(column.removeprefix("attribute_"))
                code = attribute_code(self._label(key, ""))
                found[f"attributes.{code}"] = self._slugs.get((key, value), value)
        return found


def _attributes_of_product(cell: str) -> dict[str, dict[str, object]]:
    """Return the attributes of a product as its shop describes them."""
    if not cell:
        return {}
    try:
        found = unserialise(cell)
    except BadSerialisation:
        return {}
    return {key: one for key, one in found.items() if isinstance(one, dict)}


def _product_type(row: SourceRow, types: list[str]) -> str:
    for word in VIRTUAL:
        if row[f"_{word}"] == "yes":
            return word
    return "variation" if row["post_type"] == VARIATION else next(iter(types), "simple")


def _price(row: SourceRow) -> str:
    """Return the sale price where it holds without dates, else the regular one."""
    has_dates = row["_sale_price_dates_from"] or row["_sale_price_dates_to"]
    return row["_regular_price"] if has_dates else row["_sale_price"] or row["_regular_price"]


def line_sku(conversion: Conversion, row: SourceRow) -> str:
    """Return the SKU of a line: its product's, or one from the product's number."""
    number = next(
        (one for one in (row["_variation_id"], row["_product_id"]) if one not in ("", "0")), ""
    )
    return conversion.scratch.name(SKU, number) or f"product-{number}"
