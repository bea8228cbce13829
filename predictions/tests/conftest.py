"""Shops to compute features of."""

import pytest

from conditions.tests.shops import awkward_shop
from customers.models import Order
from segments.tests.conftest import make_customer

__all__ = ["make_customer"]


@pytest.fixture(params=[1, 2, 3], ids="shop {}".format)
def shop(request, db):
    """A small shop with nulls, ties, time zones, rows at the ends of days and in the future."""
    made = awkward_shop(request.param)
    made.store()
    return made


@pytest.fixture
def make_order(db):
    """Return a function that stores an order of a customer."""

    def make(customer, at, **values):
        values.setdefault("grand_total", 10)
        values.setdefault("state", "complete")
        return Order.objects.create(
            number=f"made {Order.objects.count()}",
            customer=customer,
            store=customer.store,
            created_at=at,
            updated_at=at,
            **values,
        )

    return make
