"""What customers do in a shop, and which purposes they consent to."""

from itertools import count

import pytest

from core.clock import now
from customers.models import (
    Cart,
    CartItem,
    Consent,
    Login,
    Order,
    Product,
    ProductView,
    Wishlist,
    WishlistItem,
)


class CustomerActivity:
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
        from personalization.models import BehaviorEvent

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
    """Return an object whose methods store what customers do."""
    return CustomerActivity()


@pytest.fixture
def say(db):
    """Return a function that stores a customer's consent to a purpose, or refusal of one, now."""

    def say(customer, purpose, state):
        Consent.objects.create(
            customer=customer, purpose=purpose, state=state, source="test", at=now()
        )

    return say
