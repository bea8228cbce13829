"""A placement that showed variants, the orders that followed, and what is sent of them."""

from datetime import timedelta

import pytest
from django.core.cache import cache

from core import clock
from customers.models import Order, Refund
from personalization.models import Exposure
from personalization.signals import conversion_attributed
from segments.engine.live_changes.changed_customers import process_changes

DAY = timedelta(days=1)
NUMBERS = iter(range(10**9))


def show(customer, at, element="hero", variant="vip", **values):
    """Store that a placement showed a variant."""
    return Exposure.objects.create(
        served_id=f"S{next(NUMBERS)}", element=element, variant=variant, customer=customer, at=at,
        why="audience", page_type="home", **values,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()


@pytest.fixture
def process(django_capture_on_commit_callbacks):
    """Return a function that brings changed customers up to date, with all that follows."""

    def process():
        with django_capture_on_commit_callbacks(execute=True):
            process_changes()

    return process


@pytest.fixture
def heard():
    """The values of each `conversion_attributed` that was sent."""
    found = []

    def hear(sender, **values):
        assert sender is Order
        found.append({name: one for name, one in values.items() if name != "signal"})

    conversion_attributed.connect(hear)
    yield found
    conversion_attributed.disconnect(hear)


@pytest.fixture
def refund(db):
    """Return a function that refunds a part of an order."""

    def refund(order, amount):
        return Refund.objects.create(
            number=f"R{next(NUMBERS)}", order=order, amount=amount, created_at=clock.now()
        )

    return refund
