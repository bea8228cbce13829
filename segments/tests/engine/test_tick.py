"""A tick does what is due, whatever messages were lost or came twice."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from psycopg.errors import DeadlockDetected

from customers.models import Customer, DirtyCustomer
from customers.tests.rows import an_order
from segments.engine import tick as ticking
from segments.engine.refreshes.runs import request_refresh
from segments.engine.tick import tick
from segments.engine.workers import is_missing, last_seen
from segments.lease import WAKE_AGAIN
from segments.models import RefreshRun, Segment, SegmentSize, Worker
from segments.refresh import refresh_segment
from segments.tasks import process_changes, refresh_run
from segments.tests.engine.harness import is_right, stored

pytestmark = pytest.mark.django_db

AT_SHOP = [{"attribute": "customer.email", "operator": "ends_with", "value": "@shop.example"}]
RECENT = [{"attribute": "order.created_at", "operator": "in_last_hours", "value": 1}]


@pytest.fixture
def woken(sent, django_capture_on_commit_callbacks):
    """Return a function that calls another one and returns which runs workers were woken for."""

    def calling(function):
        del sent[:]
        with django_capture_on_commit_callbacks(execute=True):
            function()
        return [arguments[0] for name, arguments in sent if name == "segments.refresh_run"]

    return calling


def test_a_lost_message_is_sent_again_after_a_while_and_not_before(make_segment, clock, woken):
    segment = make_segment()
    runs = woken(lambda: request_refresh(segment))
    assert runs == [RefreshRun.objects.get().pk]

    clock.advance(seconds=WAKE_AGAIN.total_seconds() - 1)
    assert woken(tick) == []
    clock.advance(seconds=1)
    assert woken(tick) == runs
    assert woken(tick) == []


def test_a_run_whose_worker_died_is_given_to_another(make_segment, clock, woken, settings):
    from segments.lease import claim

    run = request_refresh(make_segment())
    claim(run.pk)
    clock.advance(seconds=settings.LEASE_SECONDS - 1)
    assert woken(tick) == []

    clock.advance(seconds=1)
    assert woken(tick) == [run.pk]
    refresh_run(run.pk)
    assert RefreshRun.objects.get().state == "completed"


def test_messages_that_come_twice_do_nothing_twice(make_customer, make_segment):
    segment = make_segment(conditions=AT_SHOP)
    run = request_refresh(segment)
    for _ in range(2):
        refresh_run(run.pk)
    make_customer("ann", email="ann@shop.example")
    for _ in range(2):
        process_changes()
        tick()

    assert stored(segment) == {"ann"}
    assert segment.changes.count() == 1
    assert RefreshRun.objects.get().attempts == 1


def test_a_tick_brings_changed_customers_up_to_date(make_customer, make_segment, clock):
    segment = make_segment(conditions=AT_SHOP)
    refresh_segment(segment)
    make_customer("ann", email="ann@shop.example")

    tick()

    assert stored(segment) == {"ann"}
    assert not DirtyCustomer.objects.exists()


def test_within_a_minute_time_has_moved_whom_it_should(make_customer, make_segment, clock):
    an_order(make_customer("ann"), created_at=clock())
    segment = make_segment(conditions=RECENT)
    refresh_segment(segment)
    tick()

    for _second in range(3600):
        clock.advance(seconds=1)
        if _second % 60 == 0:
            tick()
            assert stored(segment) == {"ann"}
    for _second in range(60):
        clock.advance(seconds=1)
        tick()
    assert stored(segment) == set()
    assert is_right(segment)


def test_second_without_work_costs_one_query(clock, django_assert_num_queries):
    tick()
    clock.advance(seconds=1)
    with django_assert_num_queries(1):
        tick()


def test_a_worker_that_ticks_is_seen(clock):
    assert last_seen() is None
    assert is_missing()

    tick()
    assert last_seen() == clock()
    clock.advance(minutes=2)
    assert not is_missing()
    clock.advance(seconds=1)
    assert is_missing()
    tick()
    assert not is_missing()


def test_workers_that_are_long_gone_are_forgotten(clock):
    Worker.objects.create(name="gone", seen_at=clock() - timedelta(days=1, seconds=1))
    Worker.objects.create(name="there", seen_at=clock() - timedelta(hours=1))

    tick()

    assert set(Worker.objects.values_list("name", flat=True)) > {"there"}
    assert not Worker.objects.filter(name="gone").exists()


def test_the_schedule_is_looked_at_once_in_a_while_whoever_ticks(clock, monkeypatch):
    asked = []
    monkeypatch.setattr(ticking, "request_due", lambda: asked.append(clock()))

    for _ in range(60):
        tick()
        clock.advance(seconds=1)

    assert len(asked) == 3


def test_each_day_keeps_the_size_at_its_end_and_all_that_came_and_went(
    make_customer, make_segment, clock, settings
):
    settings.DEFAULT_TIME_ZONE = "Europe/Berlin"
    clock.set("2026-04-10T21:00")
    segment = make_segment(conditions=AT_SHOP)
    make_customer("ann", email="ann@shop.example")
    refresh_segment(segment)
    make_customer("bob", email="bob@shop.example")
    process_changes()
    Customer.objects.filter(external_id="ann").update(email="elsewhere")
    process_changes()
    clock.set("2026-04-10T22:30")  # the next day in Berlin
    make_customer("cid", email="cid@shop.example")
    process_changes()

    assert list(
        SegmentSize.objects.order_by("day").values_list("day", "members_count", "entered", "left")
    ) == [
        (clock().date(), 1, 2, 1),
        (clock().date() + timedelta(days=1), 2, 1, 0),
    ]
    assert Segment.objects.get().members_count == 2


def test_a_batch_that_was_undone_for_another_transaction_comes_again(
    make_customer, make_segment, monkeypatch, caplog
):
    segment = make_segment(conditions=AT_SHOP)
    refresh_segment(segment)
    make_customer(email="a@shop.example")
    usual = ticking.process_batch

    def undone():
        error = OperationalError("deadlock detected")
        error.__cause__ = DeadlockDetected()
        raise error

    monkeypatch.setattr(ticking, "process_batch", undone)
    tick()
    assert "it comes again" in caplog.text
    monkeypatch.setattr(ticking, "process_batch", usual)
    tick()
    assert is_right(segment) and len(stored(segment)) == 1

    make_customer(email="b@shop.example")
    monkeypatch.setattr(ticking, "process_batch", broken)
    with pytest.raises(OperationalError):
        tick()


def broken():
    raise OperationalError("the disk is full")
