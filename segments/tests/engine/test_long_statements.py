"""A worker in the middle of a long statement keeps its lease, is cancelled, or is replaced."""

import threading
from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection, transaction
from django.db.models import F

from core.clock import now
from customers.models import Customer
from segments import lease
from segments.database.locks import try_lock_members
from segments.engine.refreshes import execution
from segments.engine.refreshes.execution import execute_run
from segments.engine.refreshes.runs import cancel_run, request_refresh
from segments.lease import claim
from segments.models import MembershipChange, RefreshRun
from segments.refresh import refresh_segment
from segments.signals import customers_entered
from segments.tests.engine.harness import at_once, eventually, state, stored

pytestmark = pytest.mark.django_db

on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="on SQLite a refresh is the only writer"
)

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
        settings.LEASE_SECONDS = 1
        make_customer("ann")
        segment = make_segment()
        told = []

        def receiver(customer_ids, **_kwargs):
            with connection.cursor() as cursor:
                # Longer than the lease, and than several heartbeats.
                cursor.execute("SELECT count(*) FROM pg_sleep(1.5)")
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
