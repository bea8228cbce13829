"""What the change log says of somebody who was erased."""

import pytest

from customers.models import Customer, DirtyCustomer, Orders
from customers.privacy.erasing import go_on, request_erasure
from segments.engine.changed_customers import process_changes
from segments.insight.consistency import check_segment
from segments.models import Membership, MembershipChange
from segments.refresh import refresh_segment

pytestmark = pytest.mark.django_db


def erase(customer):
    go_on(request_erasure(customer, Orders.ANONYMIZE, author=None).pk)


def test_an_erasure_overtakes_the_end_of_who_was_deleted_and_came_back(make_customer, make_segment):
    segment = make_segment()
    make_customer("OTHER")
    before = make_customer("AGAIN")
    refresh_segment(segment)
    process_changes()
    Customer.objects.filter(pk=before.pk).delete()
    again = make_customer("AGAIN")

    erase(again)
    process_changes()

    assert list(Membership.objects.values_list("customer__external_id", flat=True)) == ["OTHER"]
    log = MembershipChange.objects.exclude(customer_external_id="OTHER")
    assert sorted(log.values_list("kind", "customer_id", "customer_external_id")) == [
        ("entered", None, None),
        ("left", None, None),
    ]
    assert not DirtyCustomer.objects.exists()
    checked = check_segment(segment, sample=5, seed=1)
    assert not checked.logged_twice.count and not checked.unlogged.count
