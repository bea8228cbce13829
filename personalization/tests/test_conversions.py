"""An order is announced as a conversion once, whichever way it comes in."""

from decimal import Decimal

import pytest

from core import clock
from customers.events.receiving.request import receive
from customers.models import Order
from personalization.behavior.conversions import announce_all
from personalization.models import AnnouncedOrder
from personalization.profiles import live
from personalization.signals import conversion_achieved
from segments.engine.live_changes.changed_customers import process_changes

pytestmark = pytest.mark.django_db
SAVED = {
    "number": "O-1",
    "customer": "C1",
    "state": "new",
    "created_at": "2026-04-01T12:00:00Z",
    "grand_total": "12.50",
    "items": [],
}


@pytest.fixture
def heard():
    """The signals that were sent."""
    found = []

    def hear(sender, **values):
        found.append((sender, {name: one for name, one in values.items() if name != "signal"}))

    conversion_achieved.connect(hear)
    yield found
    conversion_achieved.disconnect(hear)


@pytest.fixture
def tell(django_capture_on_commit_callbacks):
    """Return a function that has an event come in."""
    numbers = iter(range(100))

    def tell(**values):
        event = {
            "id": f"e{next(numbers)}",
            "type": "order.saved",
            "occurred_at": clock.now().isoformat(),
            "data": SAVED | values,
        }
        with django_capture_on_commit_callbacks(execute=True):
            receive(event)

    return tell


@pytest.fixture
def process(django_capture_on_commit_callbacks):
    """Return a function that brings changed customers up to date."""

    def process():
        with django_capture_on_commit_callbacks(execute=True):
            process_changes()

    return process


def orders(heard):
    return [values["order"] for _sender, values in heard]


def test_an_event_is_announced_at_once_and_only_once(heard, tell, process, make_customer):
    customer = make_customer("C1")
    tell()
    assert heard == [
        (
            Order,
            {
                "order": "O-1",
                "customer_id": customer.pk,
                "occurred_at": Order.objects.get().created_at,
                "revenue": Decimal("12.5"),
                "significance": 0.8,
            },
        )
    ]
    tell(state="complete")
    process()
    assert orders(heard) == ["O-1"]


def test_a_canceled_order_is_no_conversion_until_it_is_none_any_more(heard, tell, make_customer):
    make_customer("C1")
    tell(state="canceled")
    tell(number="O-2", state="closed")
    assert heard == []
    tell(state="processing")
    assert orders(heard) == ["O-1"]


def test_an_order_of_nobody_known_is_announced(heard, tell):
    tell(customer=None)
    assert [values["customer_id"] for _sender, values in heard] == [None]


def test_what_comes_another_way_is_announced_with_its_customers_change(
    heard, process, doing, make_customer
):
    for number in ("C1", "C2"):
        doing.order(make_customer(number), clock.now())
    process()
    process()
    assert sorted(orders(heard)) == sorted(Order.objects.values_list("number", flat=True))


def test_what_nobody_was_told_of_is_announced_with_everybodys_profiles(
    heard, doing, make_customer, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr("personalization.behavior.conversions.BATCH", 2)
    customer = make_customer()
    for _number in range(5):
        doing.order(customer, clock.now())
    for _night in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            live.write_every_night()
    assert len(orders(heard)) == len(set(orders(heard))) == 5


def test_what_nobody_listens_to_is_noted_all_the_same(doing, process, make_customer):
    doing.order(make_customer(), clock.now())
    process()
    assert AnnouncedOrder.objects.count() == 1


def test_before_the_first_order_nothing_is_looked_for(
    doing, make_customer, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr("personalization.behavior.conversions.BATCH", 2)
    order = doing.order(make_customer(), clock.now(), pk=10_000)
    # Which orders there are, a beginning and an end of the transaction, and one batch.
    with django_assert_max_num_queries(4):
        announce_all()
    assert AnnouncedOrder.objects.get().pk == order.pk


def test_without_an_order_nothing_is_announced(heard):
    announce_all()
    assert heard == []
