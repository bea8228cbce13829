"""What the change log says of somebody who was erased."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection, transaction

from core.clock import now
from customers.models import Customer, DirtyCustomer, Orders
from customers.privacy.erasing import go_on, request_erasure
from segments.database.locks import lock_members
from segments.engine.batch import batch_of
from segments.engine.live_changes.changed_customers import process_changes
from segments.engine.members.change_log import begin_writing
from segments.engine.members.stored_members import apply_diff
from segments.insight.consistency import check_segment
from segments.models import ChangeReason, Membership, MembershipChange
from segments.refresh import refresh_segment
from segments.tests.engine.harness import WAIT

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


def test_what_a_writer_writes_after_the_erasure_names_nobody(make_customer, make_segment):
    segment = make_segment()
    refresh_segment(segment)
    gone, other = make_customer("GONE"), make_customer("OTHER")
    reasons = dict.fromkeys((gone.pk, other.pk), ChangeReason.EVENT)
    wanted = (f"SELECT {segment.pk}, {gone.pk} UNION ALL SELECT {segment.pk}, {other.pk}", ())
    key = gone.pk
    erase(gone)
    # Who is looked at was read before the erasure, and is written after it.
    with batch_of(reasons, {key: "GONE"}):
        lock_members(segment.pk)
        apply_diff([segment], wanted, at=now(), only_batch=True)
    log = MembershipChange.objects.order_by("sequence")
    assert list(log.values_list("kind", "customer_id", "customer_external_id")) == [
        ("entered", None, None),
        ("entered", other.pk, "OTHER"),
    ]
    process_changes()
    refresh_segment(segment)
    assert not MembershipChange.objects.filter(customer_external_id="GONE").exists()
    assert list(Membership.objects.values_list("customer", flat=True)) == [other.pk]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
@pytest.mark.django_db(transaction=True)
def test_an_erasure_is_not_complete_while_somebody_writes_from_before(make_customer, make_segment):
    segment, gone = make_segment(), make_customer("GONE")
    begun, erased = Event(), Event()

    def write():
        try:
            with transaction.atomic():
                begin_writing()
                MembershipChange.objects.create(
                    segment=segment, customer_id=gone.pk, customer_external_id="GONE",
                    kind="entered", reason="event", at=now(),
                )  # fmt: skip
                begun.set()
                assert erased.wait(WAIT)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        writer = pool.submit(write)
        assert begun.wait(WAIT)
        erasure = request_erasure(gone, Orders.ANONYMIZE, author=None)
        go_on(erasure.pk)
        erasure.refresh_from_db()
        assert (erasure.completed_at, len(erasure.remaining)) == (None, 1)
        erased.set()
        writer.result(WAIT)
    go_on(erasure.pk)
    erasure.refresh_from_db()
    assert erasure.completed_at is not None
    row = MembershipChange.objects.get()
    assert (row.customer_id, row.customer_external_id, row.kind) == (None, None, "entered")
