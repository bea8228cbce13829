"""Refreshing: the right members, one log row for each change, nothing half done."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from segments.engine.refreshes import execution
from segments.engine.refreshes.execution import execute_run
from segments.engine.refreshes.runs import SegmentInactive, request_refresh
from segments.models import MembershipChange, RefreshRun, Segment
from segments.refresh import refresh_segment
from segments.signals import customers_entered, customers_left, segment_refreshed

pytestmark = pytest.mark.django_db

AT_SHOP = [{"attribute": "customer.email", "operator": "ends_with", "value": "@shop.example"}]


def changes(segment):
    return list(
        segment.changes.order_by("sequence").values_list("customer_external_id", "kind", "reason")
    )


def test_those_who_match_become_members(make_customer, make_segment, member_numbers):
    make_customer("a", email="a@shop.example")
    make_customer("b", email="b@elsewhere.example")
    segment = make_segment(conditions=AT_SHOP)

    run = refresh_segment(segment)

    segment.refresh_from_db()
    assert member_numbers(segment) == ["a"]
    assert (run.state, run.entered, run.left, run.total, run.error) == ("completed", 1, 0, 1, "")
    assert (segment.members_count, segment.status) == (1, "completed")
    assert segment.refreshed_at == segment.memberships.get().entered_at
    assert changes(segment) == [("a", "entered", "refresh")]


def test_who_no_longer_matches_leaves_and_the_others_keep_their_time(
    make_customer, make_segment, member_numbers
):
    make_customer("a", email="a@shop.example")
    leaver = make_customer("b", email="b@shop.example")
    segment = make_segment(conditions=AT_SHOP)
    refresh_segment(segment)
    since = segment.memberships.get(customer__external_id="a").entered_at
    leaver.email = "b@elsewhere.example"
    leaver.save()
    make_customer("c", email="c@shop.example")

    run = refresh_segment(segment)

    assert member_numbers(segment) == ["a", "c"]
    assert (run.entered, run.left) == (1, 1)
    assert segment.memberships.get(customer__external_id="a").entered_at == since
    assert changes(segment)[2:] == [("b", "left", "refresh"), ("c", "entered", "refresh")]


def test_an_unchanged_segment_writes_no_membership_and_no_change(make_customer, make_segment):
    make_customer(email="a@shop.example")
    segment = make_segment(conditions=AT_SHOP)
    refresh_segment(segment)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        refresh_segment(segment)

    written = [
        sql
        for sql in (query["sql"].strip() for query in queries)
        if sql.startswith(("INSERT INTO", "UPDATE", "DELETE FROM"))
    ]
    assert written
    assert not any(sql.split()[2].startswith("segments_membership") for sql in written)
    assert MembershipChange.objects.count() == 1


def test_changes_are_logged_in_the_order_of_internal_ids(make_customer, make_segment):
    for number in ("z", "m", "a"):
        make_customer(number)
    segment = make_segment()

    refresh_segment(segment)

    assert [number for number, _kind, _reason in changes(segment)] == ["z", "m", "a"]


def test_a_segment_that_nobody_can_be_in_is_emptied(make_customer, make_segment, monkeypatch):
    make_customer()
    segment = make_segment()
    refresh_segment(segment)
    monkeypatch.setattr(
        execution, "members_of", lambda segment, as_of: Customer.objects.filter(pk__in=[])
    )

    assert refresh_segment(segment).left == 1
    assert not segment.memberships.exists()


def test_as_of_is_passed_on_and_recorded(make_segment, monkeypatch):
    seen = []
    monkeypatch.setattr(
        execution,
        "members_of",
        lambda segment, as_of: seen.append(as_of) or Customer.objects.none(),
    )
    instant = datetime(2026, 4, 10, 12, tzinfo=UTC)
    segment = make_segment()

    run = refresh_segment(segment, as_of=instant)

    segment.refresh_from_db()
    assert seen == [instant]
    assert run.as_of == segment.as_of == instant
    assert run.finished_at > instant


def test_an_invalid_stored_tree_fails_the_run_and_leaves_the_members(
    make_customer, make_segment, member_numbers
):
    make_customer("a")
    segment = make_segment()
    refresh_segment(segment)
    broken = {
        "match": "all",
        "conditions": [{"attribute": "no.such", "operator": "is", "value": 1}],
    }
    Segment.objects.filter(pk=segment.pk).update(conditions=broken)

    run = refresh_segment(segment)

    segment.refresh_from_db()
    assert (run.state, segment.status) == ("failed", "invalid")
    assert "conditions[0]" in run.error
    assert member_numbers(segment) == ["a"]


def test_an_error_in_the_middle_changes_nothing(
    make_customer, make_segment, member_numbers, monkeypatch
):
    make_customer("a")
    segment = make_segment()
    refresh_segment(segment)
    make_customer("b")
    apply_diff = execution.apply_diff
    monkeypatch.setattr(
        execution, "apply_diff", lambda *args, **kw: apply_diff(*args, **kw) and 1 / 0
    )

    run = refresh_segment(segment)

    segment.refresh_from_db()
    assert (run.state, run.error, segment.status) == ("failed", "division by zero", "failed")
    assert member_numbers(segment) == ["a"]
    assert len(changes(segment)) == 1


def test_an_inactive_segment_is_not_refreshed(make_segment):
    segment = make_segment(handling={"is_active": False})

    with pytest.raises(SegmentInactive):
        refresh_segment(segment)
    with pytest.raises(SegmentInactive):
        request_refresh(segment)

    assert not RefreshRun.objects.exists()


def test_a_run_of_a_segment_deactivated_meanwhile_is_cancelled(make_customer, make_segment):
    make_customer()
    segment = make_segment()
    run = request_refresh(segment)
    Segment.objects.filter(pk=segment.pk).update(is_active=False)

    assert execute_run(run).state == "cancelled"
    assert not segment.memberships.exists()
    assert Segment.objects.get().status == "never"


def test_a_second_request_joins_the_first(make_segment, django_capture_on_commit_callbacks):
    segment = make_segment()

    first, second = request_refresh(segment), request_refresh(segment)

    assert first == second
    assert Segment.objects.get().status == "queued"


def test_a_request_wakes_a_worker_with_the_run_once_committed(
    make_segment, sent, django_capture_on_commit_callbacks
):
    segment = make_segment()

    with django_capture_on_commit_callbacks(execute=True):
        run = request_refresh(segment)
        assert sent == []

    assert sent == [("segments.refresh_run", [run.pk])]


def test_a_run_executed_twice_is_done_once(make_customer, make_segment):
    make_customer()
    segment = make_segment()
    run = execute_run(request_refresh(segment))
    make_customer()

    again = execute_run(run)

    assert again.finished_at == run.finished_at
    assert segment.memberships.count() == 1


def test_signals_carry_the_ids_after_commit(
    make_customer, make_segment, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr("segments.signals.BATCH_SIZE", 2)
    customers = [make_customer() for _ in range(3)]
    segment = make_segment()
    heard = []

    def hear(name):
        return lambda sender, segment, run, customer_ids=None, **_: heard.append(
            (name, customer_ids)
        )

    receivers = {
        customers_entered: hear("entered"),
        customers_left: hear("left"),
        segment_refreshed: hear("refreshed"),
    }
    for signal, receiver in receivers.items():
        signal.connect(receiver, weak=False)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            refresh_segment(segment)
            assert heard == []
        Customer.objects.filter(pk=customers[0].pk).update(is_active=False)
        with django_capture_on_commit_callbacks(execute=True):
            refresh_segment(segment)
    finally:
        for signal, receiver in receivers.items():
            signal.disconnect(receiver)

    first, second, third = [customer.pk for customer in customers]
    assert heard == [
        ("entered", [first, second]),
        ("entered", [third]),
        ("refreshed", None),
        ("left", [first]),
        ("refreshed", None),
    ]


def test_the_change_log_survives_the_customer(make_customer, make_segment):
    customer = make_customer("gone")
    segment = make_segment()
    refresh_segment(segment)

    customer.delete()

    assert changes(segment) == [("gone", "entered", "refresh")]
    assert refresh_segment(segment).total == 0
