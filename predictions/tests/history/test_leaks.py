"""Nothing that is later than `as_of` changes anything that is computed as of it."""

import random
from datetime import timedelta
from decimal import Decimal

import pytest

from conditions.tests.examples.awkward_values import NOW
from customers.models import (
    Cart,
    Customer,
    Login,
    Order,
    OrderItem,
    OrderState,
    Product,
    ProductView,
    Refund,
    RefundItem,
    Wishlist,
    WishlistItem,
)
from predictions.analytics.computation.computed import compute_views
from predictions.analytics.parameters import VIEWS, all_view_requests
from predictions.features.table import SETS, features
from predictions.history.cohorts import BYS, FIGURES, cohorts
from predictions.history.population import TIMES

AS_OF = NOW - timedelta(days=3)
# Columns of later rows that are changed, and what they become.
GARBLED = {
    "state": OrderState.COMPLETE,
    "grand_total": Decimal("99999.0001"),
    "coupon_code": "LATER",
    "amount": Decimal("88888.0001"),
    "row_total": Decimal("77777.0001"),
    "quantity": Decimal("666.5"),
    "product_type": "service",
    "name": "Later",
    "is_active": True,
    "shipping_country": "United Kingdom",
}


def everything():
    """Return all that is computed as of the moment."""
    return (
        features(as_of=AS_OF, sets=list(SETS)),
        [cohorts(as_of=AS_OF, by=by, figure=figure) for by in BYS for figure in FIGURES],
        compute_views([one for view in VIEWS for one in all_view_requests(view)], AS_OF),
    )


def later(model):
    return model._default_manager.filter(**{f"{TIMES[model]}__gt": AS_OF})


def garble(model, rng):
    columns = {field.name for field in model._meta.get_fields()}
    values = {name: value for name, value in GARBLED.items() if name in columns}
    for row in later(model):
        for name, value in values.items():
            if rng.random() < 0.7:
                setattr(row, name, value)
        if "customer" in columns and model is Order:
            row.customer = rng.choice(list(Customer.objects.all()))
        if "product" in columns and rng.random() < 0.3 and not hasattr(row, "occurrence"):
            row.product = (
                row.product if model.__name__ == "WishlistItem" else Product.objects.first()
            )
        row.save()


def test_neither_change_nor_deletion_nor_new_rows(shop, make_customer, make_order):
    # What goes with its order, or has its customer, is no row of its own.
    Refund.objects.filter(created_at__lte=AS_OF, order__created_at__gt=AS_OF).delete()
    before = everything()
    counts = {model.__name__: later(model).count() for model in TIMES}
    assert all(counts.values()), counts

    rng = random.Random(1)
    for model in TIMES:
        garble(model, rng)
    assert everything() == before

    for n, customer in enumerate(Customer.objects.order_by("pk")[:20]):
        make_order(customer, AS_OF + timedelta(microseconds=1 + n), grand_total=5_000)
    make_order(make_customer("New", registered_at=AS_OF + timedelta(seconds=1)), NOW)
    assert everything() == before

    for model in reversed(TIMES):
        later(model).delete()
    Customer.objects.filter(registered_at__gt=AS_OF).delete()
    assert everything() == before


@pytest.mark.parametrize("model", TIMES, ids=lambda model: model.__name__)
def test_what_is_earlier_does_change_it(make_customer, make_order, model):
    """So the test above would notice a row that is looked at."""
    customer = make_customer("A")
    make_order(make_customer("B"), AS_OF)
    product = Product.objects.create(sku="S", name="S")
    line = {"line": "1", "product": product, "sku": "S", "quantity": 1, "row_total": 9}
    order = make_order(customer, AS_OF)
    OrderItem.objects.create(order=order, price=9, **line)
    refund = Refund.objects.create(number="R", customer=customer, created_at=AS_OF, amount=3)
    RefundItem.objects.create(refund=refund, **line)
    times = {"created_at": AS_OF, "updated_at": AS_OF}
    Cart.objects.create(external_id="K", customer=customer, store=customer.store, **times)
    ProductView.objects.create(customer=customer, product=product, viewed_at=AS_OF)
    Login.objects.create(customer=customer, logged_in_at=AS_OF)
    wishlist = Wishlist.objects.create(customer=customer)
    WishlistItem.objects.create(wishlist=wishlist, product=product, added_at=AS_OF)
    before = everything()

    rows = model._default_manager.all()
    (rows.filter(customer=customer) if model is Order else rows).delete()
    assert everything() != before
