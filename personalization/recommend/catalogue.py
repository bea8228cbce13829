"""Products as the catalogue has them now: names, costs and stock."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings

from customers.models import Category, Product, ProductAttributeValue, ProductCategory
from customers.purchases import SERVICE

# The most values in one query: each is a parameter of SQL.
TOGETHER = 5_000


@dataclass(frozen=True, slots=True)
class Described:
    """A product. `categories` are codes in their order; `brand` is "" for a product without one;
    `stock` and `cost` are None where they are unknown.
    """

    sku: str
    name: str
    product_type: str
    price: Decimal | None
    categories: tuple[str, ...]
    brand: str
    stock: Decimal | None
    cost: Decimal | None

    @property
    def is_service(self) -> bool:
        """Whether the product is a service today."""
        return self.product_type == SERVICE

    @property
    def margin(self) -> float | None:
        """The share of the price above the cost, within 0 and 1; None where unknown."""
        if self.cost is None or not self.price or self.price < 0:
            return None
        return min(max(float((self.price - self.cost) / self.price), 0.0), 1.0)


def describe_products(skus: Sequence[str]) -> dict[str, Described]:
    """Return the products of the catalogue among the SKUs, by SKU."""
    found: dict[str, Described] = {}
    for some in _in_parts(skus):
        found |= _described_products(some)
    return found


def categories_of(skus: Sequence[str]) -> dict[str, frozenset[str]]:
    """Return the codes of the categories of each SKU that is in one."""
    found = defaultdict[str, set[str]](set)
    for some in _in_parts(skus):
        rows = ProductCategory.objects.filter(product__sku__in=some)
        for sku, code in rows.values_list("product__sku", "category__code"):
            found[sku].add(code)
    return {sku: frozenset(codes) for sku, codes in found.items()}


def in_category(code: str) -> frozenset[str] | None:
    """Return the SKUs of a category and of those below it; None: there is no such category."""
    codes = categories_below([code])
    if not codes:
        return None
    products = Product.objects.filter(product_categories__category__code__in=codes)
    return frozenset(products.values_list("sku", flat=True))


def categories_below(codes: Collection[str]) -> frozenset[str]:
    """Return the codes that are categories, and the codes of all categories below these."""
    rows = list(Category.objects.values_list("pk", "parent", "code"))
    found = {pk for pk, _parent, code in rows if code in codes}
    while more := {pk for pk, parent, _code in rows if parent in found} - found:
        found |= more
    return frozenset(code for pk, _parent, code in rows if pk in found)


def _in_parts(skus: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(skus), TOGETHER):
        yield skus[start : start + TOGETHER]


def _described_products(skus: Collection[str]) -> dict[str, Described]:
    products = Product.objects.filter(sku__in=skus)
    values = _values(skus)
    codes = categories_of(list(skus))
    return {
        product.sku: Described(
            *(product.sku, product.name, product.product_type, product.price),
            categories=tuple(sorted(codes.get(product.sku, ()))),
            brand=_text(values.get((product.sku, settings.BRAND_ATTRIBUTE))),
            stock=_number(values.get((product.sku, settings.STOCK_ATTRIBUTE))),
            cost=_number(values.get((product.sku, settings.COST_ATTRIBUTE))),
        )
        for product in products
    }


def _values(skus: Collection[str]) -> dict[tuple[str, str], ProductAttributeValue]:
    codes = (settings.BRAND_ATTRIBUTE, settings.STOCK_ATTRIBUTE, settings.COST_ATTRIBUTE)
    rows: Any = ProductAttributeValue.objects.filter(
        product__sku__in=skus, attribute__code__in=codes
    ).select_related("product", "attribute")
    return {(row.product.sku, row.attribute.code): row for row in rows}


def _text(value: ProductAttributeValue | None) -> str:
    return "" if value is None else value.text or value.choice or ""


def _number(value: ProductAttributeValue | None) -> Decimal | None:
    """Return a number, or a yes or no as 1 or 0; None for other values."""
    if value is None:
        return None
    if value.boolean is not None:
        return Decimal(value.boolean)
    number: Decimal | None = value.number
    return number
