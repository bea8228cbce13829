"""Behaviour as a shop's server sends it; shops in which customers do things."""

import json
import subprocess
import sys
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.core.cache import cache
from django.test import Client

from customers.clock import now
from customers.imports.shop_csv import import_shop
from customers.models import (
    Cart,
    CartItem,
    Consent,
    ConsentState,
    Login,
    Order,
    Product,
    ProductView,
    Wishlist,
    WishlistItem,
)
from customers.tests.rows import a_customer
from personalization.models import BehaviorEvent
from segments.tests.conftest import make_customer

__all__ = ["make_customer"]

DATA = Path(settings.BASE_DIR).parent / "shared" / "data"


class Doing:
    """Stores what a customer does; each at an aware instant."""

    def __init__(self):
        self._numbers = count(1)

    def product(self, sku="shoe", **values):
        return Product.objects.get_or_create(sku=sku, defaults={"name": sku, **values})[0]

    def view(self, customer, at, sku="shoe"):
        number = next(self._numbers)
        return ProductView.objects.create(
            customer=customer, product=self.product(sku), viewed_at=at, occurrence=number
        )

    def login(self, customer, at):
        return Login.objects.create(
            customer=customer, logged_in_at=at, occurrence=next(self._numbers)
        )

    def wish(self, customer, at, sku="shoe"):
        wishlist, _made = Wishlist.objects.get_or_create(customer=customer)
        return WishlistItem.objects.create(
            wishlist=wishlist, product=self.product(sku), added_at=at
        )

    def put_in_cart(self, customer, at, sku="shoe", **values):
        cart, _made = Cart.objects.get_or_create(
            external_id=f"cart of {customer.pk}",
            defaults={
                "customer": customer,
                "store": customer.store,
                "created_at": at,
                "updated_at": at,
            },
        )
        product = self.product(sku)
        return CartItem.objects.create(
            cart=cart,
            line=str(next(self._numbers)),
            product=product,
            sku=sku,
            quantity=1,
            added_at=at,
            updated_at=at,
            **values,
        )

    def order(self, customer, at, skus=(), *, price=10, state="complete", **values):
        order = Order.objects.create(
            number=f"N{next(self._numbers)}",
            customer=customer,
            store=customer.store,
            state=state,
            created_at=at,
            updated_at=at,
            **{"grand_total": 10, **values},
        )
        for line, sku in enumerate(skus):
            order.items.create(
                line=str(line),
                product=self.product(sku),
                sku=sku,
                name=sku,
                quantity=1,
                price=price,
                row_total=price,
            )
        return order

    def behave(self, customer, at, behavior_type, **values):
        return BehaviorEvent.objects.create(
            customer=customer,
            behavior_type=behavior_type,
            key=f"made {next(self._numbers)}",
            occurred_at=at,
            received_at=at,
            **values,
        )


@pytest.fixture
def doing(db):
    """Return what stores activity."""
    return Doing()


@pytest.fixture
def rees46(db, tmp_path):
    """Import the sample of a real shop's events."""
    if not (DATA / "rees46_events_sample.csv.xz").exists():
        pytest.skip("the sample is not there")
    subprocess.run([sys.executable, DATA / "rees46_to_shop.py", tmp_path], check=True)
    import_shop(tmp_path)


CALL = "/api/v1/personalization/track-behavior"


class Tracker:
    """Sends behaviour by the API; the reply's body is returned, and must have the status."""

    def __init__(self):
        self.client = Client()
        user = User.objects.create_user("storefront")
        user.user_permissions.add(Permission.objects.get(codename="track_behavior"))
        self.client.force_login(user)

    def __call__(self, body, *, status=202, address=CALL, **headers):
        reply = self.client.post(
            address, json.dumps(body), content_type="application/json", headers=headers
        )
        assert reply.status_code == status, reply.content
        return reply.json()

    def faults(self, body, status=400):
        """Return the paths and codes of what is refused."""
        return [(one["path"], one["code"]) for one in self(body, status=status)["errors"]]


@pytest.fixture
def track(db):
    cache.clear()
    return Tracker()


@pytest.fixture
def consenting(db):
    """Return a function that makes a customer who has granted both purposes."""

    def make(number="C1", **values):
        customer = a_customer(number, **values)
        say(customer)
        return customer

    return make


def say(customer, state=ConsentState.GRANTED, purposes=("tracking", "personalization"), at=None):
    """Note what a customer says."""
    for purpose in purposes:
        Consent.objects.create(
            customer=customer,
            purpose=purpose,
            state=state,
            source="test",
            at=at or now() - timedelta(hours=1),
        )


def behavior(kind="search", customer="C1", /, **values):
    """Return one behaviour; of a search with something that is looked for."""
    data = {"search": {"query": "red shoe"}, "cart_added": {"sku": "TEA"}}.get(kind, {})
    return {"behavior_type": kind, "customer_id": customer, "data": data, **values}
