"""Of a changed customer those figures alone are computed again that read what has changed."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from conditions.tests.examples.rollups import roll_up_everybody
from conditions.tests.examples.shops import awkward_shop
from conditions.upkeep.rollup import reconcile
from customers.models import Customer, CustomerRollup, Order
from customers.tests.rows import a_customer, an_order
from segments.engine.live_changes.changed_customers import process_changes
from segments.tests.changing_shop import change
from tests.cases import seeds

pytestmark = pytest.mark.django_db

AT = datetime(2024, 3, 10, 12, 0, tzinfo=UTC)


@pytest.fixture
def ann():
    """Store a customer with an order, whose number of views is wrong on purpose."""
    ann = a_customer("ann")
    an_order(ann, grand_total=10)
    roll_up_everybody()
    CustomerRollup.objects.update(views=99)
    return ann


def row():
    return CustomerRollup.objects.get()


def test_what_reads_nothing_of_the_change_is_left_as_it_is(ann):
    Order.objects.update(grand_total=25)
    process_changes()
    assert (row().sales, row().number_of_orders, row().views) == (25, 1, 99)
    assert row().complete


def test_a_changed_customer_is_computed_as_a_whole(ann):
    Order.objects.update(grand_total=25)
    Customer.objects.update(kind="guest")
    process_changes()
    assert (row().sales, row().views, row().kind) == (25, 0, "guest")


def test_a_row_that_is_not_complete_is_computed_as_a_whole(ann):
    CustomerRollup.objects.update(complete=False)
    Order.objects.update(grand_total=25)
    process_changes()
    assert (row().sales, row().views, row().complete) == (25, 0, True)


@pytest.mark.parametrize("seed", seeds(8))
def test_nothing_is_left_wrong_whatever_changes(seed):
    rng = random.Random(seed)
    awkward_shop(seed, customers=15).store()
    process_changes()
    assert reconcile() == 0
    happened = []
    for number in range(40):
        happened.append(change(rng, AT + timedelta(minutes=number)))
        if rng.random() < 0.5:
            process_changes()
            assert reconcile() == 0, happened
