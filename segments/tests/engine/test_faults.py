"""Whatever breaks, and wherever: nothing is half done, and the next attempt ends right."""

import threading
from itertools import count

import pytest
from django.db import connection

from customers.models import Customer, DirtyCustomer
from segments.engine.live_changes.changed_customers import process_batch
from segments.engine.live_changes.passing_time import sweep
from segments.engine.refreshes import execution
from segments.engine.refreshes.execution import execute_run
from segments.engine.refreshes.runs import request_refresh
from segments.models import Membership, MembershipChange, RefreshRun, Segment, SegmentSize
from segments.refresh import refresh_segment
from segments.tests.engine.harness import (
    at_once,
    broken_at,
    eventually,
    is_right,
    settle,
    stored,
    undone,
)

pytestmark = pytest.mark.django_db

AT_SHOP = [{"attribute": "customer.email", "operator": "ends_with", "value": "@shop.example"}]
AN_HOUR_AGO = [
    {"attribute": "customer.registered_at", "operator": "more_than_hours_ago", "value": 1}
]
how = pytest.mark.parametrize("by_error", [True, False], ids=["an error", "a kill"])


@pytest.fixture
def segments(make_customer, make_segment, clock):
    """Two segments that are right, in which two customers change places and one is deleted."""
    names = ("stays", "leaves", "goes")
    people = {name: make_customer(name, email=f"{name}@shop.example") for name in names}
    people["comes"] = make_customer("comes", registered_at=clock())
    made = [make_segment("1", AT_SHOP), make_segment("2", AN_HOUR_AGO)]
    for segment in made:
        refresh_segment(segment)
    settle()
    assert is_right(*made)
    Customer.objects.filter(pk=people["leaves"].pk).update(email="elsewhere")
    Customer.objects.filter(pk=people["comes"].pk).update(email="comes@shop.example")
    people["goes"].delete()
    return made


def everything():
    """Return all that the engine writes about who is where."""
    return [
        list(model.objects.order_by(*order).values_list())
        for model, order in (
            (Membership, ("segment_id", "customer_id")),
            (MembershipChange, ("segment_id", "customer_id", "kind")),
            (SegmentSize, ("segment_id",)),
        )
    ]


def without_numbers(found):
    """Leave out what a sequence gives: numbers that were drawn in vain are not drawn again."""
    memberships, changes, sizes = found
    return [memberships, [row[1:] for row in changes], [row[1:] for row in sizes]]


@pytest.fixture
def every(is_exhaustive):
    """Every how many statements one breaks: each of them with --all."""
    return 1 if is_exhaustive else 8


@how
def test_a_batch_that_breaks_at_any_statement_writes_all_or_nothing_and_is_made_good(
    segments, by_error, every
):
    before = everything()
    marked = DirtyCustomer.objects.count()
    with undone():
        process_batch()
        assert is_right(*segments)
        after = without_numbers(everything())
    broken = 0
    for number in count(1, every):
        with undone():
            with broken_at(number, by_error=by_error) as statements:
                process_batch()
            if len(statements) < number:
                break
            broken += 1
            if DirtyCustomer.objects.count() == marked:
                assert everything() == before, statements[-1]
            elif not RefreshRun.objects.exclude(outcome="completed").exists():
                assert without_numbers(everything()) == after, statements[-1]
            settle()
            assert is_right(*segments), statements[-1]
            assert not DirtyCustomer.objects.exists()
            assert MembershipChange.objects.count() == len(after[1])
    assert broken * every > 20


@how
def test_a_refresh_that_breaks_at_any_statement_writes_all_or_nothing_and_is_made_good(
    segments, by_error, every, clock, settings
):
    segment = segments[0]
    before = everything()
    run = request_refresh(segment)
    with undone():
        execute_run(run)
        after = without_numbers(everything())
    assert after != without_numbers(before)
    broken = 0
    for number in count(1, every):
        with undone():
            with broken_at(number, by_error=by_error) as statements:
                execute_run(run)
            if len(statements) < number:
                break
            broken += 1
            run.refresh_from_db()
            if run.outcome:
                assert run.outcome == "completed"
                assert without_numbers(everything()) == after, statements[-1]
            else:
                assert everything() == before, statements[-1]
                assert run.state == ("running" if run.lease_expires_at else "queued")
            clock.advance(seconds=settings.LEASE_SECONDS)
            finished = execute_run(run)
            assert (finished.state, finished.error) == ("completed", "")
            assert stored(segment) == {"stays", "comes"}
            settle()
            assert is_right(*segments), statements[-1]
            assert MembershipChange.objects.count() == len(after[1])
            clock.advance(seconds=-settings.LEASE_SECONDS)
    assert broken * every > 20


@how
def test_a_sweep_that_breaks_at_any_statement_is_swept_again(segments, by_error, every, clock):
    process_batch()
    clock.advance(hours=2)
    for number in count(1, every):
        with undone():
            with broken_at(number, by_error=by_error) as statements:
                sweep()
            if len(statements) < number:
                break
            settle()
            assert stored(segments[1]) == {"comes"}, statements[-1]
            assert is_right(*segments)
    assert number > 5


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no connection to cut")
@pytest.mark.django_db(transaction=True)
class TestTheConnectionIsCut:
    def cut_when(self, monkeypatch, reached, gone_on):
        """Wait in the middle of the next diff, and cut the connection of whoever is there."""
        apply_diff = execution.apply_diff

        def cut_in_the_middle(*args, **kwargs):
            diff = apply_diff(*args, **kwargs)
            monkeypatch.setattr(execution, "apply_diff", apply_diff)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                reached.append(cursor.fetchone()[0])
            assert gone_on.wait(30)
            return diff

        monkeypatch.setattr(execution, "apply_diff", cut_in_the_middle)

    def test_in_the_middle_of_a_refresh(self, segments, monkeypatch, clock):
        segment = segments[0]
        run = request_refresh(segment)
        before = everything()
        reached, gone_on = [], threading.Event()
        self.cut_when(monkeypatch, reached, gone_on)

        def cut():
            (pid,) = eventually(lambda: reached)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
                eventually(lambda: not self.is_there(cursor, pid))
            gone_on.set()

        at_once(lambda: execute_run(run), cut)

        run.refresh_from_db()
        assert (run.state, run.attempts) == ("queued", 1)
        assert run.error
        assert run.not_before > clock()
        assert everything() == before
        clock.advance(seconds=10)
        assert execute_run(run).state == "completed"
        settle()
        assert is_right(*segments)

    def is_there(self, cursor, pid):
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = %s", [pid])
        return cursor.fetchone()[0]

    def test_readers_see_the_old_members_or_the_new_at_every_statement(self, segments):
        segment = segments[0]
        other = connection.copy()
        seen = []

        def look(execute, sql, params, many, context):
            result = execute(sql, params, many, context)
            with other.cursor() as cursor:
                cursor.execute(
                    "SELECT members_count, (SELECT count(*) FROM segments_membership m"
                    " WHERE m.segment_id = s.id), (SELECT count(*) FROM segments_membershipchange c"
                    " WHERE c.segment_id = s.id) FROM segments_segment s WHERE id = %s",
                    [segment.pk],
                )
                seen.append(cursor.fetchone())
            return result

        try:
            with connection.execute_wrapper(look):
                refresh_segment(segment)
        finally:
            other.close()

        assert len(seen) > 20
        # Of three members two leave and one comes.
        assert set(seen) == {(3, 3, 3), (2, 2, 6)}
        assert Segment.objects.get(pk=segment.pk).members_count == 2
