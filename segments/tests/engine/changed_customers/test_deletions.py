"""Customers who are deleted leave every segment, by their number."""

import pytest
from django.db import connection

from customers.models import Category, Customer
from segments.engine.live_changes.changed_customers import process_batch, process_changes
from segments.engine.refreshes.execution import execute_run
from segments.models import MembershipChange, RefreshRun, Segment
from segments.tests.engine.harness import AT_SHOP, changes, is_right, marks

pytestmark = pytest.mark.django_db


def _by_orm(customer):
    customer.delete()


def _in_bulk(customer):
    Customer.objects.filter(pk=customer.pk).delete()


def _by_sql(customer):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM customers_customer WHERE id = %s", [customer.pk])


@pytest.mark.parametrize("delete", [_by_orm, _in_bulk, _by_sql])
def test_a_deleted_customer_leaves_everywhere_by_their_number(make_customer, kept, delete):
    ann = make_customer("ann", email="ann@shop.example")
    make_customer("bob")
    segments = [kept("1", AT_SHOP), kept("2")]

    delete(ann)
    process_changes()

    for segment in segments:
        assert changes(segment)[-1] == ("ann", "left", "event")
        assert is_right(segment)
    assert Segment.objects.get(name="2").members_count == 1


def test_one_who_is_deleted_before_anybody_looked_was_never_there(make_customer, kept):
    segment = kept()
    make_customer("ann").delete()

    process_changes()

    assert changes(segment) == []


def test_a_deleted_customer_keeps_their_number_though_a_flood_comes(make_customer, kept):
    ann = make_customer("ann")
    Category.objects.create(code="a", name="A")
    segment = kept()
    # Without the log's own memory of the number.
    MembershipChange.objects.update(customer_external_id="")
    ann_id = ann.pk
    ann.delete()
    Category.objects.update(code="b")

    process_batch()
    assert marks() == [(ann_id, None)]
    execute_run(RefreshRun.objects.unfinished().get())

    assert changes(segment)[-1] == ("ann", "left", "refresh")
    assert process_changes() == 1
    assert len(changes(segment)) == 2
