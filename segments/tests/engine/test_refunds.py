"""A refund written for another customer than its order's moves nobody in or out by and by."""

import pytest
from django.db import connection

from customers.models import Order, Refund, Store, Website
from customers.tests.rows import a_refund, an_order
from segments.engine.live_changes.changed_customers import process_changes
from segments.insight.consistency import check_segment
from segments.models import MembershipChange
from segments.refresh import refresh_segment
from segments.tests.engine.harness import is_right, settle, stored

pytestmark = pytest.mark.django_db

REFUNDED = [{"relation": "orders", "conditions": [{"relation": "refunds"}]}]
GENEROUS = [{"attribute": "lifetime.refunds", "operator": "gte", "value": 1}]


@pytest.fixture
def people(make_customer):
    far = Website.objects.create(code="far", name="Far", timezone="Pacific/Honolulu")
    store = Store.objects.create(code="far", name="Far", website=far)
    return make_customer("ann"), make_customer("bob", website=far, store=store)


@pytest.fixture
def segments(make_segment, people):
    made = [make_segment("Refunded", REFUNDED), make_segment("Generous", GENEROUS)]
    for segment in made:
        assert refresh_segment(segment).state == "completed"
    process_changes()
    return made


def logged():
    return MembershipChange.objects.count()


@pytest.mark.parametrize("named", ["bob", None], ids=["for another", "for nobody"])
def test_events_and_refreshes_find_the_same_members(named, people, segments):
    ann, bob = people
    a_refund(bob if named else None, an_order(ann))
    settle()
    before = logged()
    for _ in range(2):
        for segment in segments:
            assert stored(segment) == {"ann"}
            refresh_segment(segment)
        Refund.objects.update(amount=Refund.objects.get().amount + 1)
        settle()
    assert logged() == before == 2
    assert is_right(*segments)
    assert not any(check_segment(each, sample=10, seed=1).has_drift for each in segments)


@pytest.mark.parametrize("by_sql", [False, True], ids=["by update", "by SQL"])
def test_an_order_that_moves_takes_its_customers_along(by_sql, people, segments):
    ann, bob = people
    order = an_order(ann)
    a_refund(ann, order)
    settle()
    if by_sql:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE customers_order SET customer_id = %s", [bob.pk])
    else:
        Order.objects.update(customer=bob)
    settle()
    assert [stored(segment) for segment in segments] == [{"bob"}, {"bob"}]
    before = logged()
    for segment in segments:
        refresh_segment(segment)
    assert logged() == before
    assert is_right(*segments)
