"""An import marks each customer whom it touches once, and nobody else."""

from collections import Counter

import pytest
from django.db import connections

from customers.changes.hooks import WHEN_TOUCHED
from customers.changes.once import marking_once
from customers.changes.triggers import faults
from customers.models import Customer, DirtyCustomer, Order
from customers.tests.imports.importing import CUSTOMERS, LINES, ORDERS
from customers.tests.rows import a_customer, an_order

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["locking empty tables", "as they are"])
def importer(importer, request):
    """Imports that fill empty tables bare, on PostgreSQL, and others."""
    importer.lock_empty_tables = request.param == "locking empty tables"
    return importer


ADDRESSES = "customer,city\nc1,Ulm\nc2,Bonn\n"


def marks():
    """Return how often each customer is marked since the last call, by number."""
    found = Counter()
    for row in DirtyCustomer.objects.all():
        customer = row.customer_id and Customer.objects.get(pk=row.customer_id).external_id
        found[customer] += 1
    DirtyCustomer.objects.all().delete()
    return dict(found)


def test_new_customers_are_marked_once_however_many_rows_they_have(importer):
    importer(customers=CUSTOMERS, addresses=ADDRESSES, orders=ORDERS, order_items=LINES)
    assert marks() == {"c1": 1, "c2": 1}


def test_the_same_import_again_marks_nobody(importer):
    files = {
        "customers": CUSTOMERS,
        "addresses": ADDRESSES,
        "orders": ORDERS,
        "order_items": LINES,
    }
    importer(**files)
    marks()
    importer(**files)
    assert marks() == {}


def test_only_those_are_marked_whose_rows_come_change_or_go(importer):
    third = CUSTOMERS + "c3,c@example.com\n"
    importer(customers=third, addresses=ADDRESSES, orders=ORDERS, order_items=LINES)
    marks()
    importer(customers=third, order_items=LINES.replace("o1,1,A,2", "o1,1,A,5"))
    assert marks() == {"c1": 1}
    importer(addresses="customer,city\nc1,Ulm\nc2,Köln\n")
    assert marks() == {"c2": 1}
    importer(customers="id,tags\nc1,\nc3,new\n")
    assert marks() == {"c3": 1}
    importer(orders=ORDERS.replace("o1,c1", "o1,c2"))
    assert marks() == {"c1": 1, "c2": 1}


def test_a_moved_category_marks_everybody(importer):
    importer(customers=CUSTOMERS, categories="code,name,parent\na,A,\nb,B,\n")
    marks()
    importer(categories="code,name,parent\na,A,\nb,B,a\n")
    assert marks() == {None: 1}


heard = []


def listen(*, table, using):
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT customer_id FROM {table}")
        heard.append({pk for (pk,) in cursor.fetchall()})


def write_other_rows(*, table, using):
    """Write rows of those whom the import touched, and of somebody else."""
    an_order(Customer.objects.get(external_id="c1"))
    Customer.objects.filter(external_id="else").update(is_active=False)


def fail(*, table, using):
    raise ValueError("no room")


@pytest.fixture
def hooked(monkeypatch):
    """Return a function that registers a hook for the test."""
    monkeypatch.setattr(WHEN_TOUCHED, "_found", dict(WHEN_TOUCHED._found))
    heard.clear()
    return WHEN_TOUCHED.register


def test_those_whom_an_import_touched_are_told_to_the_hooks_in_its_transaction(importer, hooked):
    hooked(listen)
    importer(customers=CUSTOMERS)
    importer(categories="code,name,parent\na,A,\nb,B,a\n")
    numbers = Customer.objects.values_list("pk", flat=True)
    assert heard == [set(numbers), {None}]


def test_what_a_hook_writes_marks_nobody_twice(importer, hooked):
    a_customer("else")
    marks()
    hooked(write_other_rows)
    importer(customers=CUSTOMERS)
    # Whose roll-ups are up to date is known of those whom the import itself touched.
    rolled_up = DirtyCustomer.objects.filter(is_rolled_up=True).values("customer_id")
    numbers = Customer.objects.filter(pk__in=rolled_up).values_list("external_id", flat=True)
    assert set(numbers) == {"c1", "c2"}
    assert marks() == {"c1": 1, "c2": 1, "else": 1}
    assert faults() == []


def test_a_bulk_write_within_another_is_a_part_of_it(hooked):
    ann, bob = a_customer("ann"), a_customer("bob")
    marks()
    hooked(listen)
    with marking_once(own_figures=True):
        an_order(ann)
        with marking_once():
            an_order(bob)
        an_order(ann)
        with pytest.raises(ValueError, match="no room"), marking_once():
            a_customer("undone")
            raise ValueError("no room")
    assert heard == [{ann.pk, bob.pk}]
    assert (marks(), faults()) == ({"ann": 1, "bob": 1}, [])
    an_order(ann)
    assert marks() == {"ann": 1}


def test_an_error_of_a_hook_undoes_the_import(importer, hooked):
    hooked(fail)
    with pytest.raises(ValueError, match="no room"):
        importer(customers=CUSTOMERS)
    assert not Customer.objects.exists()
    assert (marks(), faults()) == ({}, [])


def test_after_an_import_refused_or_not_writes_mark_as_before(importer):
    ann = a_customer("ann")
    importer(customers=CUSTOMERS)
    marks()
    an_order(ann)
    assert marks() == {"ann": 1}
    assert importer.problems(customers=CUSTOMERS, orders="number\n1\n")
    assert faults() == []
    Order.objects.update(grand_total=77)
    assert marks() == {"ann": 1}
