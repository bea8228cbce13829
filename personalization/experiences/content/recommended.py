"""The product lists in content: the recommender's results, filtered by the shop's rules."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from customers.models import Cart, CartItem, Customer, ProductView
from personalization.experiences.content.interests import TASTES
from personalization.experiences.content.kinds import types_of
from personalization.recommend.replies.filling import Chosen
from personalization.recommend.replies.lists import Lists, item_of
from personalization.recommend.replies.question import SIMILAR, Question
from personalization.recommend.sources.shared_reads import shared_histories

MOST_IN_CART = 50


def empty_lists(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the lists of stored content without any products."""
    return [{"type": name, "items": []} for name, _count in types_of(content)]


def lists_of(
    content: Mapping[str, Any],
    customer: Customer | None,
    as_of: datetime | None,
    *,
    website: str | None = None,
    page_type: str | None = None,
    algorithm: str | None = None,
) -> list[dict[str, Any]]:
    """Return the product lists of stored content for `customer`; None for an unknown shopper.

    All rules of the shop for the website (None: the customer's) and the page type apply, as in
    responses of recommendations. With `as_of`, lists are computed from the history at that time;
    None: from the stored fit. `algorithm` makes personal lists; None: the one in use.
    """
    types = types_of(content)
    sku = content.get("sku")
    question = Question(
        customer=customer,
        context=page_type,
        sku=sku,
        cart=_in_cart(customer),
        types=tuple(types),
        category=content.get("category"),
        weights=((algorithm, 1.0),) if algorithm else (),
        website=website,
        as_of=as_of,
    )
    is_about_viewed = not sku and any(name == SIMILAR for name, _count in types)
    with shared_histories():
        lists = Lists(
            question,
            customer=customer,
            heard_as=customer,
            tastes=TASTES,
            similar_to=_last_viewed(customer) if is_about_viewed else None,
        )
        return [
            {"type": name, "items": _items(lists.choose_items(name, most))} for name, most in types
        ]


def _items(chosen: Sequence[Chosen]) -> list[dict[str, Any]]:
    return [item_of(one, rank) for rank, one in enumerate(chosen, 1)]


def _last_viewed(customer: Customer | None) -> str | None:
    if customer is None:
        return None
    rows = ProductView.objects.filter(customer=customer).order_by("-viewed_at", "-pk")
    found: str | None = rows.values_list("product__sku", flat=True).first()
    return found


def _in_cart(customer: Customer | None) -> tuple[str, ...]:
    if customer is None:
        return ()
    carts = Cart.objects.filter(customer=customer, is_active=True)
    rows = CartItem.objects.filter(cart__in=carts, parent=None).order_by("-added_at", "-pk")
    return tuple(dict.fromkeys(rows.values_list("sku", flat=True)[:MOST_IN_CART]))
