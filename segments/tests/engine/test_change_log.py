"""Whoever follows the change log from where they were reads each change once, and misses none."""

import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection, transaction

from customers.models import Customer
from segments.editing.overrides import remove_override, set_override
from segments.engine.maintenance import purge
from segments.engine.members.change_log import (
    CursorTooOld,
    changes_since,
    purge_changes,
    settled_number,
)
from segments.models import MembershipChange, RefreshRun, SegmentSize
from segments.models.work.watermark import purged_number
from segments.refresh import refresh_segment
from segments.tests.engine.harness import at_once, eventually

# On PostgreSQL nothing that is not committed is read, by the writer's own transaction either.
pytestmark = pytest.mark.django_db(transaction=True)

on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has one writer at a time"
)
AT_SHOP = [{"attribute": "customer.email", "operator": "ends_with", "value": "@shop.example"}]


def told(changes):
    return [(change.customer_external_id, change.kind) for change in changes]


@pytest.fixture
def history(make_customer, make_segment, clock):
    """A segment with three changes, one a day."""
    segment = make_segment()
    for name in "abc":
        make_customer(name)
        refresh_segment(segment)
        clock.advance(days=1)
    return segment


# Reading ----------------------------------------------------------------------------------------


def test_changes_come_in_the_order_of_their_numbers_page_by_page(history):
    first = changes_since(0, limit=2)
    rest = changes_since(first[-1].sequence, limit=2)

    assert told(first + rest) == [("a", "entered"), ("b", "entered"), ("c", "entered")]
    assert first[0].sequence < first[1].sequence < rest[0].sequence
    assert changes_since(rest[-1].sequence) == []


def test_one_segments_changes_can_be_followed_alone(history, make_segment):
    other = make_segment("Other")
    refresh_segment(other)

    assert len(changes_since(0)) == 6
    assert {change.segment_id for change in changes_since(0, segment=other)} == {other.pk}


# Purging ----------------------------------------------------------------------------------------


def test_a_cursor_from_before_what_was_purged_is_refused(history, clock):
    first, second, third = changes_since(0)

    assert purge_changes(before=clock() - timedelta(days=2)) == 1

    assert purged_number() == first.sequence
    with pytest.raises(CursorTooOld):
        changes_since(first.sequence - 1)
    assert changes_since(first.sequence) == [second, third]


def test_what_is_kept_of_the_log_has_no_gap(history, clock):
    first, second, third = changes_since(0)
    # The clock of the second writer was behind.
    MembershipChange.objects.filter(pk=second.pk).update(at=clock() - timedelta(days=99))

    assert purge_changes(before=clock() - timedelta(days=3)) == 0
    assert changes_since(0) == [first, second, third]

    MembershipChange.objects.filter(pk=first.pk).update(at=clock() - timedelta(days=9))
    assert purge_changes(before=clock() - timedelta(days=3)) == 2
    assert changes_since(second.sequence) == [third]


def test_purging_all_of_it_refuses_every_cursor_but_the_last(history, clock):
    last = changes_since(0)[-1].sequence

    assert purge_changes(before=clock() + timedelta(days=1)) == 3

    assert changes_since(last) == []
    with pytest.raises(CursorTooOld):
        changes_since(last - 1)
    assert purge_changes(before=clock() + timedelta(days=1)) == 0
    assert purged_number() == last


def test_numbers_are_not_given_twice_though_all_is_purged(history, clock, make_customer):
    last = changes_since(0)[-1].sequence
    purge_changes(before=clock() + timedelta(days=1))
    make_customer("d")
    refresh_segment(history)

    assert told(changes_since(last)) == [("d", "entered")]


def test_the_nightly_purge_keeps_what_the_settings_say(history, clock, settings):
    settings.KEEP_RUNS_DAYS, settings.KEEP_CHANGES_DAYS = 2, 3
    waiting = RefreshRun.objects.create(segment=history, created_at=clock() - timedelta(days=99))
    assert (RefreshRun.objects.count(), SegmentSize.objects.count()) == (4, 3)
    clock.advance(hours=1)

    purge()

    # The third was refreshed a day and an hour ago, the second two days and an hour.
    assert RefreshRun.objects.filter(pk=waiting.pk).exists()
    assert RefreshRun.objects.count() == 2
    assert told(changes_since(purged_number())) == [("b", "entered"), ("c", "entered")]
    clock.advance(days=2)
    purge()
    assert RefreshRun.objects.get() == waiting
    assert not MembershipChange.objects.exists()
    assert set(SegmentSize.objects.values_list("day", flat=True)) == {
        (clock() - timedelta(days=3)).date()
    }


# Writers at the same time -----------------------------------------------------------------------


@contextmanager
def uncommitted(write):
    """Do `write` in a transaction of another thread, which commits when the block ends."""
    written, may_commit = threading.Event(), threading.Event()

    def run():
        with transaction.atomic():
            write()
            written.set()
            assert may_commit.wait(30)

    thread = threading.Thread(target=lambda: at_once(run))
    thread.start()
    try:
        assert written.wait(30)
        yield
    finally:
        may_commit.set()
        thread.join(30)


@on_postgresql
class TestWritersAtTheSameTime:
    def test_nobody_reads_past_a_lower_number_that_is_not_committed_yet(
        self, make_customer, make_segment
    ):
        make_customer("a")
        slow, quick = make_segment("Slow"), make_segment("Quick")

        with uncommitted(lambda: refresh_segment(slow)):
            refresh_segment(quick)
            assert MembershipChange.objects.count() == 1
            assert changes_since(0) == []

        assert [change.segment_id for change in changes_since(0)] == [slow.pk, quick.pk]

    def test_what_was_committed_before_is_read_while_somebody_writes(
        self, make_customer, make_segment
    ):
        make_customer("a")
        first, second = make_segment("First"), make_segment("Second")
        refresh_segment(first)

        with uncommitted(lambda: refresh_segment(second)):
            assert [change.segment_id for change in changes_since(0)] == [first.pk]

    def test_a_writer_who_gives_up_holds_up_nobody(self, make_customer, make_segment):
        make_customer("a")
        slow, quick = make_segment("Slow"), make_segment("Quick")

        def give_up():
            refresh_segment(slow)
            transaction.set_rollback(True)

        with uncommitted(give_up):
            refresh_segment(quick)
        assert [change.segment_id for change in changes_since(0)] == [quick.pk]

    def test_a_reader_who_goes_on_and_on_reads_each_change_once(self, make_customer, make_segment):
        people = [make_customer(f"{n}", email="n@shop.example") for n in range(12)]
        segments = [make_segment(f"{n}", AT_SHOP) for n in range(4)]
        writing = threading.Semaphore(0)
        read = []

        def write(segment, number):
            try:
                for turn in range(6):
                    one = people[(number + 4 * turn) % len(people)]
                    override = set_override(segment, one, "exclude", author=None)
                    refresh_segment(segment)
                    if turn % 2:
                        remove_override(override)
            finally:
                writing.release()

        def follow():
            cursor, finished = 0, 0
            while True:
                while finished < len(segments) and writing.acquire(blocking=False):
                    finished += 1
                page = changes_since(cursor, limit=3)
                read.extend(change.sequence for change in page)
                if page:
                    cursor = page[-1].sequence
                elif finished == len(segments):
                    return

        at_once(
            follow,
            *[
                lambda segment=segment, number=number: write(segment, number)
                for number, segment in enumerate(segments)
            ],
        )

        written = MembershipChange.objects.order_by("sequence").values_list("sequence", flat=True)
        assert read == list(written)
        assert len(read) > 48
        eventually(lambda: settled_number() == read[-1])
        assert Customer.objects.count() == 12
