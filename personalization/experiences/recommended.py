"""The lists of products that content asks for: what the recommender says, as far as it is sold."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from customers.models import Cart, CartItem, Customer, Product, ProductAttributeValue, ProductView
from personalization import recommend
from personalization.experiences.content_kinds import types_of
from personalization.recommend import Scored

SERVICE = "service"
# So many more than are wanted are asked for, since some are not sold or out of stock.
SPARE = 20
MOST_IN_CART = 50


def empty_lists(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the lists of stored content without any products."""
    return [{"type": name, "items": []} for name, _count in types_of(content)]


def lists_of(
    content: Mapping[str, Any], customer: Customer | None, as_of: datetime | None
) -> list[dict[str, Any]]:
    """Return the lists of stored content for a customer, None for whom nothing is known of.

    `as_of`: from the history of then; None: from the stored fit. A product stands in the first
    list alone.
    """
    taken: set[str] = set()
    found = []
    for name, count in types_of(content):
        scored = _asked(name, count + len(taken) + SPARE, content, customer, as_of)
        products = _sold([one.sku for one in scored])
        items: list[dict[str, Any]] = []
        for one in scored:
            if one.sku in products and one.sku not in taken and len(items) < count:
                taken.add(one.sku)
                items.append(_item(products[one.sku], one.score, len(items) + 1))
        found.append({"type": name, "items": items})
    return found


def _asked(
    name: str,
    count: int,
    content: Mapping[str, Any],
    customer: Customer | None,
    as_of: datetime | None,
) -> Sequence[Scored]:
    # Looked up at each call: whoever replaces one of its functions is asked.
    how: Any = {"n": count, "as_of": as_of}
    found: Iterable[Scored]
    if name == "trending":
        found = recommend.trending(category=content.get("category"), **how)
    elif name == "similar":
        sku = content.get("sku") or _last_viewed(customer)
        found = recommend.similar(sku, **how) if sku else ()
    elif name == "complementary":
        skus = [content["sku"]] if content.get("sku") else _in_cart(customer)
        found = recommend.complementary(skus, **how) if skus else ()
    else:
        if name == "personal" and customer is not None:
            found = recommend.personal(customer, **how)
        else:
            found = ()
        # Who has bought nothing yet gets what is popular.
        found = list(found) or recommend.popular(**how)
    return list(found)


def _last_viewed(customer: Customer | None) -> str | None:
    if customer is None:
        return None
    rows = ProductView.objects.filter(customer=customer).order_by("-viewed_at", "-pk")
    found: str | None = rows.values_list("product__sku", flat=True).first()
    return found


def _in_cart(customer: Customer | None) -> list[str]:
    if customer is None:
        return []
    carts = Cart.objects.filter(customer=customer, is_active=True)
    rows = CartItem.objects.filter(cart__in=carts, parent=None).order_by("-added_at", "-pk")
    return list(dict.fromkeys(rows.values_list("sku", flat=True)[:MOST_IN_CART]))


def _sold(skus: Sequence[str]) -> dict[str, Product]:
    """Return the products of `skus` that are no services and not out of stock."""
    rows = Product.objects.filter(sku__in=skus).exclude(product_type=SERVICE)
    products = {row.pk: row for row in rows}
    stock = ProductAttributeValue.objects.filter(
        attribute__code=settings.STOCK_ATTRIBUTE, product__in=list(products)
    )
    for pk, number in stock.values_list("product", "number"):
        if number is not None and number <= 0:
            del products[pk]
    return {row.sku: row for row in products.values()}


def _item(product: Product, score: float, rank: int) -> dict[str, Any]:
    return {
        "sku": product.sku,
        "name": product.name,
        "price": None if product.price is None else str(product.price),
        "score": f"{score:.6f}",
        "rank": rank,
    }
