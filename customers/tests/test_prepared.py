"""Rows by key: what the query set gives, in fewer instances."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.database.prepared import rows_by_key
from customers.models import Customer, Order, Website, Wishlist
from customers.tests.rows import a_customer, an_order

pytestmark = pytest.mark.django_db


def with_all(key):
    rows = Customer.objects.filter(pk=key).order_by("pk")
    return rows.select_related("website", "store__website", "group", "wishlist")


def orders_of(key):
    return Order.objects.filter(customer=key).order_by("pk").select_related("store__website")


def found(name, build, key):
    return rows_by_key((__name__, name), "default", build, key)


def columns(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_the_rows_have_the_columns_of_the_query_sets():
    customer = a_customer("C1", email="a@example.com")
    for number in range(3):
        an_order(customer, grand_total=f"{number}.5")
    an_order(a_customer("C2"))
    for name, build in (("customer", with_all), ("orders", orders_of)):
        ours, theirs = found(name, build, customer.pk), list(build(customer.pk))
        assert [columns(one) for one in ours] == [columns(one) for one in theirs]
        assert ours == theirs
        assert len(ours) == (1 if name == "customer" else 3)


def test_what_is_selected_along_costs_no_question():
    customer = a_customer("C1")
    an_order(customer)
    (order,) = found("orders", orders_of, customer.pk)
    (person,) = found("customer", with_all, customer.pk)
    with CaptureQueriesContext(connection) as asked:
        assert order.store.website.code == person.website.code
        assert not hasattr(person, "wishlist")
        assert person.group.code == "general"
    assert not asked


def test_a_row_of_which_there_is_at_most_one_leads_back():
    customer = a_customer("C1")
    wishlist = Wishlist.objects.create(customer=customer)
    (person,) = found("customer", with_all, customer.pk)
    assert person.wishlist == wishlist
    with CaptureQueriesContext(connection) as asked:
        assert person.wishlist.customer is person
    assert not asked


def test_each_question_reads_anew():
    customer = a_customer("C1")
    (before,) = found("customer", with_all, customer.pk)
    Website.objects.filter(pk=customer.website_id).update(name="Other")
    (after,) = found("customer", with_all, customer.pk)
    assert (before.website.name, after.website.name) == (customer.website.name, "Other")


def test_an_instance_can_be_saved_like_any_other():
    customer = a_customer("C1", email="a@example.com")
    (person,) = found("customer", with_all, customer.pk)
    person.email = "b@example.com"
    person.save()
    assert Customer.objects.get().email == "b@example.com"


def test_tuples_for_who_asks_for_them():
    customer = a_customer("C1", email="a@example.com")

    def build(key):
        return Customer.objects.filter(pk=key).values_list("external_id", "email")

    assert found("tuples", build, customer.pk) == [(customer.external_id, "a@example.com")]
    assert found("tuples", build, customer.pk + 1) == []


def test_several_keys_of_several_types_stand_where_they_belong():
    customer, other = a_customer("C1"), a_customer("C2")
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    for owner in (customer, other):
        for hour in range(3):
            at = noon + timedelta(hours=hour)
            an_order(owner, f"{owner.pk}-{hour}", created_at=at)

    def since(owner, first, besides, at):
        rows = Order.objects.filter(customer=owner, created_at__gte=at).exclude(pk=first)
        return rows.exclude(number=besides).order_by("pk")

    for owner in (other, customer):
        first = Order.objects.filter(customer=owner).earliest("created_at").pk
        for besides in (f"{owner.pk}-1", f"{owner.pk}-2"):
            for hours in range(4):
                keys = (owner.pk, first, besides, noon + timedelta(hours=hours))
                ours = rows_by_key((__name__, "since"), "default", since, *keys)
                assert ours == list(since(*keys))
