"""Costly segments have a lane and a rhythm of their own: no other waits, nothing is forgotten."""

import pytest
from django.db import DatabaseError

import segments.engine.marks
from customers.models import Customer, DirtyCustomer
from customers.tests.rows import an_order
from segments.editing.saving import save_segment
from segments.engine.live_changes import changed_customers, costly_segments
from segments.engine.live_changes.changed_customers import process_batch, process_changes
from segments.engine.live_changes.costly_segments import process_costly, wake_costly
from segments.engine.live_changes.passing_time import sweep
from segments.engine.refreshes.execution import execute_run
from segments.models import RefreshRun, Segment
from segments.refresh import refresh_segment
from segments.rules.definition import Definition
from segments.tests.engine.harness import is_right, marks, settle, stored

pytestmark = pytest.mark.django_db

RECENT = [{"attribute": "login.logged_in_at", "operator": "in_last_hours", "value": 1}]


def test_the_cheap_do_not_wait_and_the_costly_follow_in_their_turn(make_customer, lanes):
    cheap, dear = lanes
    ann = make_customer("ann", email="ann@shop.example")

    assert process_batch() == 1
    assert stored(cheap) == {"ann"}
    assert stored(dear) == set()
    assert marks() == [(ann.pk, dear.pk)]
    assert process_batch() == 0

    assert process_costly() == 1
    assert is_right(cheap, dear)
    assert stored(dear) == {"ann"}
    assert marks() == []
    assert [reason for *_, reason in dear.changes.values_list("pk", "reason")] == ["event"]


def test_one_that_has_worked_rests_and_changes_gather_meanwhile(make_customer, lanes, clock):
    dear = lanes[1]
    make_customer("ann", email="ann@shop.example")
    process_batch()
    assert process_costly() == 1

    for number in range(3):
        Customer.objects.update(email=f"ann{number}@shop.example")
        process_batch()
    make_customer("bob", email="bob@shop.example")
    process_batch()
    assert process_costly() == 0
    clock.advance(seconds=29)
    assert process_costly() == 0
    clock.advance(seconds=1)
    assert process_costly() == 2
    assert stored(dear) == {"ann", "bob"}


def test_passing_time_of_a_costly_segment_is_worked_in_by_its_lane(
    make_customer, make_segment, seconds, clock
):
    seconds["recent"] = 3.0
    segment = make_segment("Recent", RECENT)
    make_customer("ann").logins.create(logged_in_at=clock.at, occurrence=1)
    refresh_segment(segment)
    settle()
    assert stored(segment) == {"ann"}

    clock.advance(hours=1, seconds=1)
    sweep()
    process_batch()
    assert stored(segment) == {"ann"}
    process_costly()
    assert stored(segment) == set()


def test_figures_that_are_yet_to_be_put_right_are_computed_anew(
    make_customer, make_segment, seconds
):
    seconds["rich"] = 3.0
    sales = [{"attribute": "lifetime.sales", "operator": "gte", "value": "100"}]
    segment = make_segment("Rich", sales)
    refresh_segment(segment)
    ann = make_customer("ann")
    process_batch()
    # An order comes before her turn, and is not worked in by the others' lane yet.
    an_order(ann, grand_total=250)

    assert process_costly() == 1
    assert stored(segment) == {"ann"}


def test_who_changes_the_lane_takes_what_waits_along(make_customer, lanes, seconds):
    cheap, dear = lanes
    make_customer("ann", email="ann@shop.example")
    process_batch()
    Segment.objects.update(batch_seconds=0.1)
    assert process_costly() == 0
    process_changes()
    assert stored(dear) == {"ann"}

    make_customer("bob", email="bob@shop.example")
    Segment.objects.update(batch_seconds=5.0)
    process_changes()
    assert stored(cheap) == stored(dear) == {"ann"}
    settle()
    assert is_right(cheap, dear)
    assert stored(cheap) == {"ann", "bob"}


def test_a_refresh_at_work_is_waited_for(make_customer, lanes, monkeypatch):
    dear = lanes[1]
    make_customer("ann", email="ann@shop.example")
    process_batch()
    monkeypatch.setattr(costly_segments, "try_lock_members", lambda ids: set())

    assert process_costly() == 0
    assert marks() == [(Customer.objects.get().pk, dear.pk)]


def test_a_flood_in_the_lane_refreshes_that_segment_alone(make_customer, lanes, monkeypatch):
    cheap, dear = lanes
    for number in range(4):
        make_customer(f"{number}", email=f"{number}@shop.example")
    process_batch()
    monkeypatch.setattr(segments.engine.marks, "FLOOD", 3)

    assert process_costly() == 4
    assert marks() == []
    run = RefreshRun.objects.unfinished().get()
    assert run.segment == dear
    dear.refresh_from_db()
    assert dear.is_stale
    execute_run(run)
    assert is_right(cheap, dear)


def test_what_waits_in_the_lane_is_no_flood_for_the_others(make_customer, lanes, monkeypatch):
    for number in range(4):
        make_customer(f"{number}", email=f"{number}@shop.example")
    process_batch()
    monkeypatch.setattr(segments.engine.marks, "FLOOD", 3)
    Customer.objects.filter(external_id="0").update(first_name="Anna")

    assert process_batch() == 1
    assert not RefreshRun.objects.unfinished().exists()


def test_a_deleted_customer_leaves_with_their_number(make_customer, lanes):
    dear = lanes[1]
    ann = make_customer("ann", email="ann@shop.example")
    settle()
    Segment.objects.update(worked_in_at=None)
    assert stored(dear) == {"ann"}
    ann.delete()
    process_batch()
    assert process_costly() == 1

    assert dear.memberships.count() == 0
    last = dear.changes.order_by("sequence").last()
    assert (last.customer_external_id, last.kind) == ("ann", "left")


def test_one_that_cannot_be_asked_is_owed_a_refresh(make_customer, lanes, monkeypatch):
    dear = lanes[1]
    make_customer("ann", email="ann@shop.example")
    process_batch()
    with monkeypatch.context() as broken:
        broken.setattr(changed_customers, "judging_statement", lambda *args, **kwargs: fail())
        process_costly()
    assert marks() == []
    dear.refresh_from_db()
    assert dear.is_stale
    settle()
    assert is_right(dear)


def fail():
    raise DatabaseError("no")


def test_one_that_is_not_kept_current_leaves_nothing_behind(make_customer, lanes):
    dear = lanes[1]
    make_customer("ann", email="ann@shop.example")
    save_segment(
        dear, Definition("Dear", conditions={"match": "all", "conditions": []}), author=None
    )
    process_batch()
    process_costly()
    assert marks() == []
    settle()
    assert is_right(dear)


def test_nothing_is_asked_twice_at_a_time(make_customer, lanes, monkeypatch):
    make_customer("ann", email="ann@shop.example")
    process_batch()
    monkeypatch.setattr(costly_segments, "try_lock_costly", lambda: False)
    assert process_costly() == 0
    assert DirtyCustomer.objects.count() == 1


def test_a_worker_is_woken_when_there_is_something_to_do(make_customer, lanes, sent):
    sent.clear()
    wake_costly()
    assert sent == []
    make_customer("ann", email="ann@shop.example")
    process_batch()
    wake_costly()
    assert sent == [("segments.process_costly", [])]
