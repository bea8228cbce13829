"""A refund of an order is its customer's, by whatever way either of them is written."""

import threading

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from customers.changes.once import marking_once
from customers.changes.triggers import faults, remove
from customers.merging import merge_guest
from customers.models import DirtyCustomer, Order, Refund
from customers.models.identity.customer import CustomerKind
from customers.tests.rows import AT, a_customer, a_refund, an_order

pytestmark = pytest.mark.django_db


def marks():
    """Return the numbers of those whom the writes since the last call have marked."""
    rows = DirtyCustomer.objects.all()
    found = set(rows.values_list("customer_id", flat=True))
    rows.delete()
    return found


def run(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def insert_refund(customer, order, number="R"):
    run(
        "INSERT INTO customers_refund (number, customer_id, order_id, created_at, amount)"
        " VALUES (%s, %s, %s, %s, 10000)",
        number,
        customer and customer.pk,
        order and order.pk,
        AT if connection.vendor == "postgresql" else AT.replace(tzinfo=None).isoformat(" "),
    )


def copies(customer, order):
    Refund.objects.bulk_create(
        Refund(number=f"B{n}", customer=customer, order=order, created_at=AT, amount=1)
        for n in range(3)
    )


WAYS = {
    "save": lambda customer, order: a_refund(customer, order),
    "bulk_create": copies,
    "SQL": insert_refund,
}


@pytest.fixture
def two(db):
    ann, bob = a_customer("ann"), a_customer("bob")
    marks()
    return ann, bob


def owners():
    """Return whose the refunds are."""
    return set(Refund.objects.values_list("customer", flat=True))


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_new_refund_is_its_orders_customers_whoever_it_names(way, two):
    ann, bob = two
    order = an_order(ann)
    marks()
    way(bob, order)
    assert owners() == {ann.pk}
    assert marks() == {ann.pk, bob.pk}
    Refund.objects.all().delete()
    marks()
    way(None, order)
    assert owners() == {ann.pk}
    assert marks() == {ann.pk}


def test_a_refund_of_a_guests_order_without_an_account_is_nobodys(two):
    ann, _bob = two
    order = an_order(None)
    a_refund(ann, order)
    assert owners() == {None}
    assert marks() == {ann.pk}
    Order.objects.update(customer=ann)
    assert owners() == {ann.pk}
    assert marks() == {ann.pk}


def test_a_refund_without_an_order_is_whose_it_says(two):
    ann, bob = two
    a_refund(ann)
    assert owners() == {ann.pk}
    Refund.objects.update(customer=bob)
    assert owners() == {bob.pk}


CHANGES = {
    "update": lambda refund, **values: Refund.objects.filter(pk=refund.pk).update(**values),
    "save": lambda refund, **values: save(refund, **values),
    "bulk_update": lambda refund, **values: bulk_update(refund, **values),
    "SQL": lambda refund, **values: run(
        f"UPDATE customers_refund SET {', '.join(f'{name}_id = %s' for name in values)}",
        *(value and value.pk for value in values.values()),
    ),
}


def save(row, **values):
    row.refresh_from_db()
    for name, value in values.items():
        setattr(row, name, value)
    row.save()


def bulk_update(row, **values):
    for name, value in values.items():
        setattr(row, name, value)
    type(row).objects.bulk_update([row], list(values))


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_refund_cannot_be_taken_from_its_orders_customer(change, two):
    ann, bob = two
    refund = a_refund(ann, an_order(ann))
    marks()
    change(refund, customer=bob)
    assert owners() == {ann.pk}
    change(refund, customer=None)
    assert owners() == {ann.pk}
    other = an_order(bob)
    marks()
    change(refund, order=other)
    assert owners() == {bob.pk}
    assert marks() == {ann.pk, bob.pk}
    change(refund, order=None)
    assert owners() == {bob.pk}, "it stays with whom it was"
    change(refund, order=None, customer=ann)
    assert owners() == {ann.pk}


@pytest.mark.parametrize("way", ["update", "save", "SQL"])
def test_an_order_that_moves_takes_its_refunds_along(way, two):
    ann, bob = two
    order, other = an_order(ann), an_order(ann)
    for row in (order, order, other):
        a_refund(ann, row)
    for customer in (bob, None, ann):
        before = Order.objects.get(pk=order.pk).customer
        marks()
        if way == "save":
            save(order, customer=customer)
        elif way == "update":
            Order.objects.filter(pk=order.pk).update(customer=customer)
        else:
            run(
                "UPDATE customers_order SET customer_id = %s WHERE id = %s",
                customer and customer.pk,
                order.pk,
            )
        found = set(order.refunds.values_list("customer", flat=True))
        assert found == {customer and customer.pk}
        assert set(other.refunds.values_list("customer", flat=True)) == {ann.pk}
        assert marks() == {one.pk for one in (before, customer) if one}


def test_many_orders_that_move_at_once_take_all_their_refunds_along(two):
    ann, bob = two
    orders = [an_order(ann) for _ in range(5)]
    for order in orders[:3]:
        a_refund(ann, order)
    mine = a_refund(ann)
    Order.objects.filter(pk__in=[order.pk for order in orders[1:]]).update(customer=bob)
    assert dict(Refund.objects.order_by("pk").values_list("order", "customer")) == {
        orders[0].pk: ann.pk,
        orders[1].pk: bob.pk,
        orders[2].pk: bob.pk,
        None: mine.customer_id,
    }


def test_an_order_that_is_written_after_its_refund_is_followed_too(two):
    ann, bob = two
    order = an_order(ann)
    with (
        connection.constraint_checks_disabled()
        if connection.vendor != "postgresql"
        else (transaction.atomic())
    ):
        run("DELETE FROM customers_order")
        a_refund(bob, Order(pk=order.pk))
        Order.objects.bulk_create([order])
    assert owners() == {ann.pk}


def test_writes_that_concern_neither_mark_one_customer_only(two):
    ann, bob = two
    order = an_order(ann)
    a_refund(ann, order)
    an_order(bob)
    marks()
    Refund.objects.update(amount=5)
    assert marks() == {ann.pk}
    Order.objects.filter(pk=order.pk).update(state="closed")
    assert marks() == {ann.pk}


def test_in_a_large_transaction_refunds_follow_too_and_all_are_marked_once(two):
    ann, bob = two
    moved, order = an_order(ann), an_order(ann)
    a_refund(ann, moved)
    marks()
    with transaction.atomic(), marking_once():
        Order.objects.filter(pk=moved.pk).update(customer=bob)
        a_refund(None, order)
        assert not DirtyCustomer.objects.exists()
        assert owners() == {ann.pk, bob.pk}
    assert sorted(DirtyCustomer.objects.values_list("customer_id", flat=True)) == [ann.pk, bob.pk]
    assert faults() == []


def test_a_guests_refunds_become_the_customers_with_and_without_an_order(two):
    ann, _bob = two
    guest = a_customer("guest", kind=CustomerKind.GUEST)
    for order in (an_order(guest), None):
        a_refund(guest, order)
    merge_guest(guest, ann)
    assert ann.refunds.count() == 2
    assert owners() == {ann.pk}


def test_a_migrate_puts_right_what_was_written_without_triggers(two):
    ann, bob = two
    remove()
    order, orphan = an_order(ann), an_order(None)
    right = a_refund(bob)
    for customer, named in ((bob, order), (None, order), (ann, order), (ann, orphan)):
        a_refund(customer, named)
    call_command("migrate", verbosity=0)
    assert set(order.refunds.values_list("customer", flat=True)) == {ann.pk}
    assert set(orphan.refunds.values_list("customer", flat=True)) == {None}
    assert Refund.objects.get(pk=right.pk).customer == bob
    assert {None, ann.pk, bob.pk} <= marks()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", ["refund", "order"])
def test_of_a_refund_and_a_move_at_the_same_time_both_count(first):
    ann, bob = a_customer("ann"), a_customer("bob")
    order = an_order(ann)

    def add_refund():
        a_refund(ann, order)

    def move():
        Order.objects.filter(pk=order.pk).update(customer=bob)

    def in_thread():
        try:
            (move if first == "refund" else add_refund)()
        finally:
            connection.close()

    other = threading.Thread(target=in_thread)
    with transaction.atomic():
        (add_refund if first == "refund" else move)()
        other.start()
        other.join(1)
        assert other.is_alive(), "it waits for this transaction"
    other.join(60)
    assert owners() == {bob.pk}
