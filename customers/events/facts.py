"""Stores views, log-ins and wishes that came by another API call, as the events API does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from customers.events.shop import Shop, named_products
from customers.events.writing import write
from customers.models import Customer, Login, Product, ProductView, Wishlist, WishlistItem


@dataclass(frozen=True)
class Fact:
    """A view of `sku`, a wish for it (`is_wish`), or a log-in where there is no SKU."""

    customer: Customer
    at: datetime
    sku: str = ""
    is_wish: bool = False


def keep_facts(facts: Sequence[Fact]) -> None:
    """Store `facts`; create products that are not known; keep the later time of a repeated wish.

    The caller's transaction holds the locks of `lock_things` and the row locks of the customers.
    """
    if not facts:
        return
    shop = Shop((), {})
    shop.products = named_products({fact.sku for fact in facts if fact.sku})
    wishes: dict[tuple[int, str], Fact] = {}
    for fact in facts:
        if not fact.sku:
            shop.logins.append(Login(customer=fact.customer, logged_in_at=fact.at))
        elif not fact.is_wish:
            product = shop.product(fact.sku)
            shop.views.append(
                ProductView(customer=fact.customer, product=product, viewed_at=fact.at)
            )
        else:
            shop.product(fact.sku)
            key = (fact.customer.pk, fact.sku)
            if key not in wishes or wishes[key].at < fact.at:
                wishes[key] = fact
    write(shop)
    if wishes:
        _keep_wishes(list(wishes.values()), shop.products)


def _keep_wishes(wishes: Sequence[Fact], products: dict[str, Product]) -> None:
    owners = {wish.customer.pk for wish in wishes}
    Wishlist.objects.bulk_create(
        [Wishlist(customer_id=key) for key in sorted(owners)], ignore_conflicts=True
    )
    lists = {one.customer_id: one for one in Wishlist.objects.filter(customer__in=owners)}
    items = WishlistItem.objects.filter(
        wishlist__in=lists.values(), product__in=[products[wish.sku] for wish in wishes]
    )
    stored = {(one.wishlist_id, one.product_id): one for one in items}
    new, later = [], []
    for wish in wishes:
        wishlist, product = lists[wish.customer.pk], products[wish.sku]
        item = stored.get((wishlist.pk, product.pk))
        if item is None:
            new.append(WishlistItem(wishlist=wishlist, product=product, added_at=wish.at))
        elif item.added_at < wish.at:
            item.added_at = wish.at
            later.append(item)
    WishlistItem.objects.bulk_create(new)
    WishlistItem.objects.bulk_update(later, ["added_at"])
