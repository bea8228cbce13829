"""Stores customers, their activities, and products from events."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from core.clock import now
from core.problems import Problem
from core.text.folding import folded_address
from customers.events.reading import Row, problem
from customers.events.sales import Knowledge, unknown_customer
from customers.events.shop import Shop
from customers.events.values import as_stored, assign
from customers.imports.staging.staging_tables import default_id
from customers.imports.tables import (
    ADDRESSES,
    CUSTOMERS,
    LOGINS,
    NEWSLETTER_SUBSCRIPTIONS,
    PRODUCT_VIEWS,
    PRODUCTS,
    WISHLIST_ITEMS,
    WISHLISTS,
)
from customers.models import (
    Address,
    Customer,
    CustomerTag,
    Login,
    NewsletterSubscription,
    Product,
    ProductCategory,
    ProductView,
    Wishlist,
    WishlistItem,
)
from customers.models.identity.newsletter import SubscriptionStatus, received_moment
from customers.signals import address_refused


def save_customer(shop: Shop, row: Row, known: Knowledge) -> list[Problem]:
    """Store a customer, with the tags, attributes and addresses that the event has."""
    number, knows = row["id"], known["customers"]
    customer: Customer = shop.customers.get(number) or Customer(external_id=number)
    new = number not in shop.customers
    said, refused = customer.accepts_marketing, customer.refused_marketing_at
    assign(CUSTOMERS, row, customer, knows, new=new)
    if "accepts_marketing" in row:
        accepts = customer.accepts_marketing
        customer.accepts_marketing, customer.refused_marketing_at = said, refused
        # A consent that is dated in the future undoes no refusal, as one without a time.
        customer.say_marketing(accepts, None if accepts and row.is_undated else row.at)
    if row["store"] is None and (new or "store" in row):
        customer.store_id = default_id(CUSTOMERS, "store", knows)
    if row["website"] is None and (new or "website" in row):
        # A customer with a store but no website belongs to the store's website.
        named = shop.stores.get(row["store"])
        customer.website_id = named.website_id if named else default_id(CUSTOMERS, "website", knows)
    shop.customers[number] = customer
    shop.change(number, customer)
    if "tags" in row:
        tags = [CustomerTag(customer=customer, tag=tag) for tag in row["tags"]]
        shop.hanging[CustomerTag][number] = (customer, tags)
    if row.attributes:
        shop.attributes[CUSTOMERS].setdefault(number, {}).update(row.attributes)
    if "addresses" in row.below:
        addresses = []
        for one in row.below["addresses"]:
            address = Address(customer=customer)
            assign(ADDRESSES, one, address, known["addresses"], new=True)
            addresses.append(address)
        shop.hanging[Address][number] = (customer, addresses)
    return []


def log_in(shop: Shop, row: Row, known: Knowledge) -> list[Problem]:
    """Note a log-in."""
    customer = shop.customer(row["customer"])
    if customer is None:
        return [unknown_customer(row)]
    login = Login(customer=customer)
    assign(LOGINS, row, login, known["logins"], new=True)
    shop.logins.append(login)
    return []


def view_product(shop: Shop, row: Row, known: Knowledge) -> list[Problem]:
    """Note that a product was looked at; one that is not known is made."""
    customer = shop.customer(row["customer"])
    if customer is None:
        return [unknown_customer(row)]
    view = ProductView(customer=customer, product=shop.product(row["sku"]))
    assign(PRODUCT_VIEWS, row, view, known["product_views"], new=True)
    shop.views.append(view)
    return []


def save_wishlist(shop: Shop, row: Row, known: Knowledge) -> list[Problem]:
    """Store a wishlist; the items of the event, where it has any, replace the stored ones."""
    customer = shop.customer(row["customer"])
    if customer is None:
        return [unknown_customer(row)]
    wishes = row.below.get("items")
    skus = [one["sku"] for one in wishes or ()]
    problems = [
        problem(one.place("sku"), "duplicate", one["sku"])
        for number, one in enumerate(wishes or ())
        if one["sku"] in skus[:number]
    ]
    if problems:
        return problems
    number = customer.external_id
    stored = shop.changed[Wishlist].get(number) or shop.wishlists.get(customer.pk)
    wishlist = stored or Wishlist(customer=customer)
    assign(WISHLISTS, row, wishlist, known["wishlists"], new=stored is None)
    shop.change(number, wishlist)
    if wishes is not None:
        made = []
        for one in wishes:
            added_at = WISHLIST_ITEMS.field_of("added_at")
            made.append(
                WishlistItem(
                    wishlist=wishlist,
                    product=shop.product(one["sku"]),
                    added_at=as_stored(added_at, one["added_at"]),
                )
            )
        shop.hanging[WishlistItem][number] = (wishlist, made)
    return []


def save_subscription(shop: Shop, row: Row, known: Knowledge) -> list[Problem]:
    """Store a newsletter subscription."""
    customer = shop.customer(row["customer"])
    if customer is None:
        return [unknown_customer(row)]
    store = store_of(row, known)
    key = (customer.external_id, store)
    changed: dict[Any, Any] = shop.changed[NewsletterSubscription]
    subscription = changed.get(key) or shop.subscriptions.get((customer.pk, store))
    if subscription is None:
        subscription = NewsletterSubscription(customer=customer)
    assign(
        NEWSLETTER_SUBSCRIPTIONS,
        row,
        subscription,
        known["newsletter_subscriptions"],
        new=subscription.pk is None,
    )
    subscription.status_changed_at = _stated_at(row)
    subscription.store_id = store
    shop.change(key, subscription)
    return []


def is_older_subscription(shop: Shop, row: Row, known: Knowledge) -> bool:
    """Return whether the stored subscription says something newer."""
    customer = shop.customer(row["customer"])
    if customer is None:
        return False
    store = store_of(row, known)
    changed: dict[Any, Any] = shop.changed[NewsletterSubscription]
    stored = changed.get((customer.external_id, store))
    stored = stored or shop.subscriptions.get((customer.pk, store))
    return stored is not None and stored.outdates(row["status"], _stated_at(row))


def _stated_at(row: Row) -> datetime:
    field = NEWSLETTER_SUBSCRIPTIONS.field_of("status_changed_at")
    return received_moment(row["status"], as_stored(field, row["status_changed_at"]))


def is_refusal(row: Row) -> bool:
    """Return whether somebody unsubscribes."""
    return bool(row["status"] == SubscriptionStatus.UNSUBSCRIBED)


def refuses_marketing(row: Row) -> bool:
    """Return whether somebody refuses marketing."""
    return _marketing_of(row) is False


def consents_to_marketing(row: Row) -> bool:
    """Return whether somebody consents to marketing."""
    return _marketing_of(row) is True


def _marketing_of(row: Row) -> Any:
    if "accepts_marketing" not in row:
        return None
    return as_stored(CUSTOMERS.field_of("accepts_marketing"), row["accepts_marketing"])


def keep_refusal(shop: Shop, row: Row, consented_at: datetime | None) -> None:
    """Store a refusal of marketing from an event that is older than the stored customer.

    `consented_at` is the time of the last consent by an event, even if that consent has been
    cleared since: only such a consent outweighs an earlier refusal. A consent from a file, or one
    that is dated in the future, has no time and outweighs none. After a merge the refusal of a
    guest counts for the customer. The refusal belongs to the address: where the customer is
    deleted, or has another address than the event, `address_refused` announces the event's address.
    """
    if not refuses_marketing(row):
        return
    if consented_at is not None and row.at < consented_at <= now():
        return
    customer = shop.customer(row["id"])
    if customer is not None:
        customer.say_marketing(False, row.at)
        shop.change(customer.external_id, customer)
    address = row["email"] or ""
    stored = "" if customer is None else folded_address(customer.email)
    if folded_address(address) not in ("", stored):
        address_refused.send(Customer, address=address, at=row.at)


def store_of(row: Row, known: Knowledge) -> int:
    """Return the key of a subscription's store; the default store where the event names none."""
    table = NEWSLETTER_SUBSCRIPTIONS
    return row["store"] or default_id(table, "store", known[table.name])


def save_product(shop: Shop, row: Row, known: Knowledge) -> list[Problem]:
    """Store a product, with the categories and attributes that the event has."""
    sku = row["sku"]
    product: Product = shop.products.get(sku) or Product(sku=sku)
    assign(PRODUCTS, row, product, known["products"], new=sku not in shop.products)
    shop.products[sku] = product
    shop.change(sku, product)
    if "categories" in row:
        made = [ProductCategory(product=product, category_id=one) for one in row["categories"]]
        shop.hanging[ProductCategory][sku] = (product, made)
    if row.attributes:
        shop.attributes[PRODUCTS].setdefault(sku, {}).update(row.attributes)
    return []


# By the event in which somebody may refuse mail, whether they do.
REFUSING: dict[str, Callable[[Row], bool]] = {
    "customer.saved": refuses_marketing,
    "newsletter.saved": is_refusal,
}
SAVING: dict[str, Callable[[Shop, Row, Knowledge], list[Problem]]] = {
    "customer.saved": save_customer,
    "login": log_in,
    "product.viewed": view_product,
    "wishlist.saved": save_wishlist,
    "newsletter.saved": save_subscription,
    "product.saved": save_product,
}
