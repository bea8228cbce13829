"""A change is asked about in the segments that read where it happened, and in no others."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import (
    Cart,
    Customer,
    CustomerGroup,
    DirtyCustomer,
    Login,
    Order,
    Website,
)
from customers.tests.rows import an_order
from segments.editing.overrides import set_override
from segments.engine.live_changes import changed_customers
from segments.engine.live_changes.changed_customers import process_batch, process_changes
from segments.models import RefreshRun, Segment
from segments.tests.engine.changed_customers.trees import BUYERS
from segments.tests.engine.harness import AT_SHOP, is_right, stored

pytestmark = pytest.mark.django_db

BIRTHDAYS = [
    {"attribute": "customer.date_of_birth", "operator": "anniversary_in_next_days", "value": 7}
]


@pytest.fixture
def asked(monkeypatch):
    """A function that works in a batch, and returns the names of the segments that it asked."""
    names = []
    judged = changed_customers.judging_statement

    def noted(rules, *args, **more):
        names.extend(Segment.objects.filter(pk__in=rules).values_list("name", flat=True))
        return judged(rules, *args, **more)

    monkeypatch.setattr(changed_customers, "judging_statement", noted)

    def work():
        names.clear()
        assert process_batch() > 0
        return sorted(names)

    return work


def in_segment(code):
    return [{"attribute": "segment", "operator": "is", "value": code}]


def test_an_order_asks_nobody_about_birthdays(make_customer, kept, asked):
    ann = make_customer("ann")
    kept("birthdays", BIRTHDAYS)
    buyers = kept("buyers", BUYERS)
    for _ in range(2):
        an_order(ann)

    assert asked() == ["buyers"]
    assert stored(buyers) == {"ann"}


def test_among_birthdays_alone_an_order_costs_what_it_costs_without_segments(make_customer, kept):
    ann = make_customer("ann")
    for number in range(3):
        kept(f"birthdays {number}", BIRTHDAYS)
    counts = []
    for _again in range(2):
        an_order(ann)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            process_batch()
        counts.append(sum("segments_membership" in one["sql"] for one in queries))
        Segment.objects.update(is_active=False)
    assert counts == [0, 0]


def test_who_refers_to_a_segment_is_asked_with_it(make_customer, kept, asked):
    ann = make_customer("ann")
    buyers = kept("buyers", BUYERS)
    kept("birthdays", BIRTHDAYS)
    named = kept("named", in_segment(buyers.code))
    further = kept("further", in_segment(named.code))
    for _ in range(2):
        an_order(ann)

    assert asked() == ["buyers", "further", "named"]
    assert is_right(buyers, named, further)
    assert stored(further) == {"ann"}


def test_several_changes_ask_about_each(make_customer, kept, asked):
    ann, bob = make_customer("ann"), make_customer("bob")
    kept("buyers", BUYERS)
    kept("idle", [{"relation": "carts"}])
    kept("birthdays", BIRTHDAYS)
    an_order(ann)
    Cart.objects.create(
        customer=bob,
        store=bob.store,
        created_at="2026-01-01T00:00Z",
        updated_at="2026-01-01T00:00Z",
    )

    assert asked() == ["buyers", "idle"]


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"is_active": False}, ["birthdays", "buyers", "shop"]),
        ({"kind": "guest"}, ["birthdays", "buyers", "shop"]),
        ({"date_of_birth": "1990-01-01"}, ["birthdays"]),
        ({"email": "ann@shop.example"}, ["shop"]),
        ({"first_name": "Anna"}, []),
        ({"first_name": "Anna", "date_of_birth": "1990-01-01"}, ["birthdays"]),
    ],
    ids=str,
)
def test_the_customer_s_own_row_concerns_who_reads_what_has_changed_of_it(
    make_customer, kept, asked, change, names
):
    ann = make_customer("ann")
    kept("buyers", BUYERS)
    kept("birthdays", BIRTHDAYS)
    kept("shop", AT_SHOP)
    process_changes()
    Customer.objects.filter(pk=ann.pk).update(**change)

    assert asked() == names


@pytest.mark.parametrize("reads", ["website", "customer_group"])
def test_who_may_be_in_a_segment_is_asked_when_a_customer_moves(make_customer, kept, asked, reads):
    ann = make_customer("ann")
    kept("birthdays", BIRTHDAYS)
    process_changes()
    if reads == "website":
        there = Website.objects.create(code="there", name="There")
        Customer.objects.filter(pk=ann.pk).update(website=there)
    else:
        there = CustomerGroup.objects.create(code="there", name="There")
        Customer.objects.filter(pk=ann.pk).update(group=there)

    assert asked() == ["birthdays"]


def test_what_of_an_order_nobody_reads_asks_nobody(make_customer, kept, asked):
    ann = make_customer("ann")
    kept("buyers", BUYERS)
    order = an_order(ann)
    process_changes()
    Order.objects.filter(pk=order.pk).update(shipping_city="Ulm")
    assert asked() == []
    Order.objects.filter(pk=order.pk).update(state="canceled")
    assert asked() == ["buyers"]


@pytest.mark.parametrize("mark", ["nowhere in particular", "an override"])
def test_a_mark_that_names_no_table_concerns_every_segment(make_customer, kept, asked, clock, mark):
    ann = make_customer("ann")
    buyers, birthdays = kept("buyers", BUYERS), kept("birthdays", BIRTHDAYS)
    process_changes()
    if mark == "an override":
        set_override(birthdays, ann, "include", author=None)
        process_changes()
        assert stored(birthdays) == {"ann"}
        return
    DirtyCustomer.objects.create(customer_id=ann.pk, reason="event", at=clock())
    assert asked() == ["birthdays", "buyers"]
    assert is_right(buyers, birthdays)


def test_who_is_marked_for_a_segment_is_asked_about_it_whatever_else_has_changed(
    make_customer, kept, asked, clock
):
    ann, bob = make_customer("ann"), make_customer("bob")
    kept("buyers", BUYERS)
    birthdays = kept("birthdays", BIRTHDAYS)
    kept("more birthdays", BIRTHDAYS)
    an_order(ann)
    DirtyCustomer.objects.create(
        customer_id=bob.pk, segment_id=birthdays.pk, reason="time", at=clock()
    )

    assert asked() == ["birthdays", "buyers"]


def test_a_costly_segment_is_marked_only_where_it_is_concerned(make_customer, kept, settings):
    ann = make_customer("ann")
    costly = kept("costly", BIRTHDAYS)
    buyers = kept("costly buyers", BUYERS)
    Segment.objects.update(batch_seconds=settings.COSTLY_SECONDS + 1)
    an_order(ann)

    process_batch()

    marked = set(DirtyCustomer.objects.values_list("segment_id", flat=True))
    assert marked == {buyers.pk}
    assert costly.pk not in marked


def test_a_tree_that_says_nothing_any_more_is_asked(make_customer, kept, asked):
    ann = make_customer("ann")
    segment = kept("old", AT_SHOP)
    unknown = {"match": "all", "conditions": [{"attribute": "no.such", "operator": "is_empty"}]}
    Segment.objects.filter(pk=segment.pk).update(conditions=unknown)
    Login.objects.create(customer=ann, logged_in_at="2026-01-01T00:00Z")

    process_batch()

    # Asked, it fails, and is left to a run that says what is wrong.
    assert RefreshRun.objects.unfinished().filter(segment=segment).exists()


def test_marks_name_the_table_and_the_columns_of_the_change(make_customer):
    ann = make_customer("ann")
    DirtyCustomer.objects.all().delete()
    an_order(ann)
    Customer.objects.filter(pk=ann.pk).update(first_name="Anna")
    ann.orders.all().delete()
    Customer.objects.filter(pk=ann.pk).delete()

    named = ("source_table", "source_columns", "external_id")
    assert list(dict.fromkeys(DirtyCustomer.objects.order_by("pk").values_list(*named))) == [
        ("customers_order", None, None),
        ("customers_customer", "first_name,first_name_folded", None),
        ("customers_customer", None, "ann"),
    ]
