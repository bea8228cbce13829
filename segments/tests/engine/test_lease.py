"""A run is held by a lease: nothing sticks, nobody writes for a run that is another's by now."""

import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, transaction
from django.db.models import F

from customers.clock import now
from customers.models import Customer, DirtyCustomer
from segments.database.locks import try_lock_members
from segments.editing.saving import save_segment
from segments.engine import execution, lease
from segments.engine.changed_customers import process_batch
from segments.engine.execution import execute_run
from segments.engine.lease import LeaseLost, Progress, claim, finish, release
from segments.engine.passing_time import sweep
from segments.engine.runs import cancel_run, request_refresh, waiting_runs
from segments.engine.schedule import request_due
from segments.models import MembershipChange, RefreshRun, RunState, Segment
from segments.refresh import refresh_segment
from segments.rules.definition import Definition
from segments.signals import customers_entered
from segments.tests.engine.harness import at_once, eventually, stored

pytestmark = pytest.mark.django_db

on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="on SQLite a refresh is the only writer"
)
BROKEN = {"match": "all", "conditions": [{"attribute": "no.such", "operator": "is", "value": 1}]}


def state(run):
    """Return the state as the row says it and as the query does; both must agree."""
    run.refresh_from_db()
    (found,) = [one for one in RunState if RefreshRun.objects.in_state(one).filter(pk=run.pk)]
    assert found == run.state
    return run.state


# The lease --------------------------------------------------------------------------------------


def test_a_held_run_cannot_be_claimed_and_shows_as_running(make_segment, clock, settings):
    run = request_refresh(make_segment())
    assert state(run) == "queued"

    assert claim(run.pk).fencing == 1
    clock.advance(seconds=settings.LEASE_SECONDS - 1)

    assert claim(run.pk) is None
    assert state(run) == "running"
    assert run not in waiting_runs()


def test_a_run_whose_lease_has_expired_shows_as_queued_and_is_taken_over(
    make_segment, clock, settings
):
    run = request_refresh(make_segment())
    claim(run.pk)
    clock.advance(seconds=settings.LEASE_SECONDS)

    assert state(run) == "queued"
    assert run in waiting_runs()
    assert claim(run.pk).fencing == 2
    assert state(run) == "running"


def test_the_old_owner_of_a_run_can_write_nothing_for_it(make_segment, clock, settings):
    run = request_refresh(make_segment())
    old = claim(run.pk)
    clock.advance(seconds=settings.LEASE_SECONDS)
    new = claim(run.pk)
    before = RefreshRun.objects.values().get()

    with pytest.raises(LeaseLost):
        finish(old, outcome=RunState.COMPLETED, entered=7)
    assert not release(old, outcome=RunState.FAILED, error="late")
    progress = Progress()
    clock.advance(seconds=1)
    assert not lease.write_heartbeat(old, progress)
    with pytest.raises(LeaseLost):
        progress.note(done=1)

    assert RefreshRun.objects.values().get() == before
    finish(new, outcome=RunState.COMPLETED)
    assert state(run) == "completed"


def test_the_final_write_of_an_old_owner_takes_the_members_back_with_it(
    make_customer, make_segment, monkeypatch
):
    make_customer("a")
    segment = make_segment()
    run = request_refresh(segment)
    apply_diff = execution.apply_diff

    def taken_over_meanwhile(*args, **kwargs):
        diff = apply_diff(*args, **kwargs)
        assert diff.of(segment).entered == 1
        RefreshRun.objects.update(fencing=F("fencing") + 1)
        return diff

    monkeypatch.setattr(execution, "apply_diff", taken_over_meanwhile)
    execute_run(run)

    assert stored(segment) == set()
    assert not MembershipChange.objects.exists()
    assert Segment.objects.get().refreshed_at is None
    assert state(run) == "running"  # the new owner's affair


def test_a_finished_run_is_not_claimed_again(make_segment, clock, settings):
    run = execute_run(request_refresh(make_segment()))
    clock.advance(seconds=settings.LEASE_SECONDS)

    assert claim(run.pk) is None


# Joining ----------------------------------------------------------------------------------------


def test_a_request_joins_the_run_that_goes_by_the_same_definition(make_segment):
    segment = make_segment()
    run = request_refresh(segment)
    claim(run.pk)
    RefreshRun.objects.update(version=segment.version)

    assert request_refresh(segment) == run


def test_a_run_that_may_go_by_an_older_definition_is_not_joined(make_segment):
    segment = make_segment()
    run = request_refresh(segment)
    claim(run.pk)
    # It has not said yet by which it goes.
    unknown = request_refresh(segment)
    assert unknown != run
    claim(unknown.pk)
    RefreshRun.objects.update(version=segment.version)
    save_segment(segment, Definition("Renamed"), author=None)

    assert request_refresh(segment) not in (run, unknown)


def test_neither_a_run_that_is_to_be_cancelled_nor_one_for_another_time_is_joined(make_segment):
    segment = make_segment()
    run = request_refresh(segment)
    claim(run.pk)
    RefreshRun.objects.update(version=segment.version)
    cancel_run(run)
    asked_for = RefreshRun.objects.create(segment=segment, as_of=now(), created_at=now())

    assert request_refresh(segment) not in (run, asked_for)


# Cancelling -------------------------------------------------------------------------------------


def test_a_cancelled_run_that_nobody_held_is_never_executed(make_customer, make_segment):
    make_customer()
    segment = make_segment()
    run = request_refresh(segment)

    assert cancel_run(run).state == "cancelled"
    assert execute_run(run).state == "cancelled"
    assert stored(segment) == set()


def test_cancelling_what_has_ended_changes_nothing(make_segment):
    run = execute_run(request_refresh(make_segment()))

    assert cancel_run(run).state == "completed"
    assert run.cancel_requested_at is None


# Attempts ---------------------------------------------------------------------------------------


@pytest.fixture
def failing(monkeypatch):
    """Let every refresh fail; returns a function that ends that."""

    def members_of(segment, as_of):
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(execution, "members_of", members_of)
        yield patch.undo


def test_a_failed_run_is_tried_again_later_each_time_and_then_fails_for_good(
    make_segment, clock, settings, failing
):
    settings.REFRESH_ATTEMPTS = 3
    run = request_refresh(make_segment())

    for attempt, delay in ((1, 10), (2, 20)):
        execute_run(run)
        assert (state(run), run.attempts, run.error) == ("queued", attempt, "the disk is full")
        assert run.not_before == clock() + timedelta(seconds=delay)
        clock.advance(seconds=delay - 1)
        assert execute_run(run).attempts == attempt
        assert not waiting_runs()
        clock.advance(seconds=1)
        assert run in waiting_runs()
    execute_run(run)

    assert (state(run), run.attempts) == ("failed", 3)
    assert (run.finished_at, run.is_definition_invalid) == (clock(), False)
    assert Segment.objects.get().failures_count == 1
    assert not waiting_runs()


def test_a_run_that_works_the_second_time_leaves_no_trace_of_the_first(
    make_customer, make_segment, clock, failing
):
    make_customer("a")
    segment = make_segment()
    run = execute_run(request_refresh(segment))
    failing()
    clock.advance(seconds=10)
    execute_run(run)

    assert (state(run), run.attempts, run.error) == ("completed", 2, "")
    assert stored(segment) == {"a"}
    assert Segment.objects.get().failures_count == 0


def test_an_invalid_tree_fails_at_once(make_segment):
    segment = make_segment()
    Segment.objects.update(conditions=BROKEN)

    run = execute_run(request_refresh(segment))

    assert (state(run), run.attempts, run.is_definition_invalid) == ("failed", 1, True)


def test_one_failing_segment_stops_no_other(make_customer, make_segment):
    make_customer("a")
    first, broken, last = make_segment("1"), make_segment("2"), make_segment("3")
    Segment.objects.filter(pk=broken.pk).update(conditions=BROKEN)

    with pytest.raises(CommandError, match=f"Failed: {broken.code}"):
        call_command("refresh_segments", "--all")

    runs = RefreshRun.objects.values_list("segment", "outcome")
    assert dict(runs) == {first.pk: "completed", broken.pk: "failed", last.pk: "completed"}
    assert stored(first) == stored(last) == {"a"}


# Quarantine -------------------------------------------------------------------------------------


@pytest.fixture
def quarantined(make_customer, make_segment, clock, settings, failing):
    """Return a segment that is left alone since two of its refreshes failed for good."""
    settings.QUARANTINE_FAILURES = 2
    make_customer("a")
    segment = make_segment(
        conditions=[{"attribute": "customer.registered_at", "operator": "is_empty"}]
    )
    Segment.objects.update(members_version=segment.version)
    assert refresh_segment(segment).state == "failed"
    assert Segment.objects.get().quarantined_at is None
    clock.advance(days=2)
    assert refresh_segment(segment).state == "failed"
    segment.refresh_from_db()
    return segment


def test_a_segment_that_keeps_failing_is_quarantined_and_says_why(quarantined, clock):
    assert quarantined.quarantined_at == clock()
    assert quarantined.quarantine_reason == "the disk is full"
    assert "the disk is full" in quarantined.stale_reason


def test_a_quarantined_segment_is_left_alone_by_everything_that_nobody_asked_for(
    quarantined, clock, make_customer
):
    DirtyCustomer.objects.all().delete()
    sweep()
    clock.advance(days=2)
    make_customer("b")

    assert request_due() == []
    sweep()
    assert process_batch() == 1
    assert stored(quarantined) == set()
    assert not RefreshRun.objects.unfinished()
    assert Segment.objects.get().quarantined_at is not None


def test_a_request_that_no_person_made_does_not_lift_a_quarantine(quarantined):
    request_refresh(quarantined)

    assert Segment.objects.get().quarantined_at is not None


def test_a_person_who_asks_for_a_refresh_lifts_the_quarantine(quarantined):
    request_refresh(quarantined, requested_by=User.objects.create(username="ann"))

    segment = Segment.objects.get()
    assert (segment.quarantined_at, segment.quarantine_reason) == (None, "")
    assert segment.failures_count == 0
    # What happened meanwhile has yet to reach it.
    assert segment.is_stale


def test_a_success_lifts_the_quarantine(quarantined, failing):
    failing()
    refresh_segment(quarantined)

    segment = Segment.objects.get()
    assert (segment.quarantined_at, segment.quarantine_reason) == (None, "")
    assert segment.failures_count == 0
    assert stored(segment) == {"a"}


# A worker in the middle of a long statement ------------------------------------------------------

GATE = 0x7465_7374


@contextmanager
def closed_gate(monkeypatch):
    """Let every refresh's query wait in the database; yields what opens the gate."""

    def waiting(segment, as_of):
        return Customer.objects.extra(where=[f"pg_advisory_xact_lock_shared({GATE}) IS NOT NULL"])

    def turn(to):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_{to}({GATE})")

    is_open = threading.Event()

    def open_gate():
        if not is_open.is_set():
            is_open.set()
            turn("unlock")

    monkeypatch.setattr(execution, "members_of", waiting)
    turn("lock")
    try:
        yield open_gate
    finally:
        open_gate()


def waits_at_the_gate():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
            " WHERE locktype = 'advisory' AND NOT granted AND objid = %s"
            # Another worker of the tests has a gate of its own, in its own database.
            " AND datname = current_database()",
            [GATE],
        )
        return cursor.fetchone()[0]


@contextmanager
def worker_at(run):
    """Execute `run` in another thread while the block goes on; the end of both is waited for."""
    done = []
    thread = threading.Thread(target=lambda: done.extend(at_once(lambda: execute_run(run))))
    thread.start()
    try:
        eventually(waits_at_the_gate)
        yield thread
    finally:
        thread.join(30)
    assert len(done) == 1


@pytest.fixture
def short_lease(settings):
    settings.LEASE_SECONDS = 1


@on_postgresql
@pytest.mark.django_db(transaction=True)
class TestInTheMiddleOfAStatement:
    def test_the_heartbeat_prolongs_the_lease(
        self, make_customer, make_segment, monkeypatch, short_lease
    ):
        make_customer("a")
        segment = make_segment()
        run = request_refresh(segment)
        with closed_gate(monkeypatch) as open_gate, worker_at(run):
            run.refresh_from_db()
            first_expiry = run.lease_expires_at
            eventually(lambda: now() > first_expiry)
            assert state(run) == "running"
            assert claim(run.pk) is None
            assert run.version == segment.version
            open_gate()

        assert (state(run), run.attempts) == ("completed", 1)
        assert stored(segment) == {"a"}

    def test_cancelling_ends_the_statement_and_frees_the_lock(
        self, make_customer, make_segment, monkeypatch, short_lease
    ):
        make_customer("a")
        segment = make_segment()
        refresh_segment(segment)
        make_customer("b")
        run = request_refresh(segment)
        with closed_gate(monkeypatch), worker_at(run) as thread:
            assert cancel_run(run).state == "running"
            thread.join(30)  # though the gate stays shut
            assert not thread.is_alive()
            assert not waits_at_the_gate()

        assert state(run) == "cancelled"
        assert stored(segment) == {"a"}
        with transaction.atomic():
            assert try_lock_members([segment.pk])

    def test_a_worker_whose_run_is_anothers_by_now_is_stopped(
        self, make_customer, make_segment, monkeypatch, short_lease
    ):
        make_customer("a")
        segment = make_segment()
        run = request_refresh(segment)
        with closed_gate(monkeypatch), worker_at(run) as thread:
            RefreshRun.objects.update(fencing=F("fencing") + 1, owner="another")
            thread.join(30)
            assert not thread.is_alive()

        run.refresh_from_db()
        assert (run.owner, run.outcome, run.error) == ("another", "", "")
        assert stored(segment) == set()

    def test_a_heartbeat_that_cannot_be_written_for_a_while_harms_nothing(
        self, make_customer, make_segment, monkeypatch, settings
    ):
        settings.LEASE_SECONDS = 2
        make_customer("a")
        segment = make_segment()
        run = request_refresh(segment)
        beats = []
        beat = lease.write_heartbeat

        def failing_at_first(*args):
            beats.append(1)
            if len(beats) <= 3:
                raise OperationalError("no connection")
            return beat(*args)

        monkeypatch.setattr(lease, "write_heartbeat", failing_at_first)
        with closed_gate(monkeypatch) as open_gate, worker_at(run):
            run.refresh_from_db()
            claimed_at = run.heartbeat_at

            def alive_again():
                run.refresh_from_db()
                return run.heartbeat_at > claimed_at

            eventually(alive_again)
            open_gate()

        assert len(beats) > 3
        assert (state(run), run.attempts) == ("completed", 1)

    def test_who_is_told_after_the_commit_is_not_stopped_by_the_heartbeat(
        self, make_customer, make_segment, settings
    ):
        settings.LEASE_SECONDS = 0.3
        make_customer("ann")
        segment = make_segment()
        told = []

        def receiver(customer_ids, **_kwargs):
            with connection.cursor() as cursor:
                # Many heartbeats long.
                cursor.execute("SELECT count(*) FROM pg_sleep(1)")
            told.extend(customer_ids)

        customers_entered.connect(receiver)
        try:
            run = refresh_segment(segment)
        finally:
            customers_entered.disconnect(receiver)
        assert run.state == "completed"
        assert len(told) == 1

    def test_a_silent_worker_loses_its_run_to_another_whose_work_counts(
        self, make_customer, make_segment, monkeypatch, short_lease
    ):
        make_customer("a")
        segment = make_segment()
        run = request_refresh(segment)
        silent = threading.Event()
        beat = lease.write_heartbeat

        def silent_at_first(held, progress):
            if held.fencing == 1:
                silent.set()
                raise OperationalError("no connection")
            return beat(held, progress)

        monkeypatch.setattr(lease, "write_heartbeat", silent_at_first)
        with closed_gate(monkeypatch) as open_gate, worker_at(run):
            silent.wait(30)
            eventually(lambda: RefreshRun.objects.get().state == "queued")
            second = threading.Thread(target=lambda: at_once(lambda: execute_run(run)))
            second.start()
            eventually(lambda: RefreshRun.objects.get().state == "running")
            open_gate()
            second.join(30)

        run.refresh_from_db()
        assert (run.state, run.fencing, run.entered) == ("completed", 2, 1)
        assert stored(segment) == {"a"}
        assert MembershipChange.objects.get().run_id == run.pk
