"""A partition goes when all of it is purged: at once, and nobody waits for that long."""

import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from core.database.snapshot import read_snapshot
from segments.database.partitions import partitions
from segments.engine.maintenance import keep_partitions, purge
from segments.engine.members.change_log import CursorTooOld, changes_since, purge_changes
from segments.models import MembershipChange, Segment
from segments.models.work.watermark import note_purged, purged_number
from segments.tests.engine.harness import Killed, at_once, eventually
from segments.tests.engine.partitions.log import told, write
from segments.tests.engine.test_change_log import uncommitted

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no partitions"),
    pytest.mark.django_db(transaction=True),
]

OLD = datetime(2026, 4, 1, tzinfo=UTC)
NEW = datetime(2026, 4, 9, tzinfo=UTC)
BETWEEN = datetime(2026, 4, 5, tzinfo=UTC)


@pytest.fixture
def segment(make_segment):
    return make_segment()


@pytest.fixture
def numbers(small, segment):
    """45 old changes and 15 new ones, in partitions of 20: two are old as a whole."""
    small(20, 40, 60, 80)
    return write(segment, [OLD] * 44 + [NEW] * 15)


def stored():
    return list(MembershipChange.objects.order_by("sequence").values_list("sequence", flat=True))


def settled(numbers):
    """Look until all that is purged is gone; whoever looks at a table may be in the way."""
    return eventually(lambda: keep_partitions() or stored() == numbers)


@contextmanager
def reading(before, after):
    """Do `before` in a transaction of another thread, and `after` in it when the block ends.

    Yields a list, which then has what `after` returned.
    """
    begun, may_end, found = threading.Event(), threading.Event(), []

    def run():
        with read_snapshot():
            before()
            begun.set()
            assert may_end.wait(60)
            found.append(after())

    thread = threading.Thread(target=lambda: at_once(run))
    thread.start()
    try:
        assert begun.wait(60)
        yield found
    finally:
        may_end.set()
        thread.join(60)


def test_partitions_go_and_the_rest_is_deleted_row_by_row(numbers):
    before = partitions()

    assert purge_changes(before=BETWEEN) == 44

    assert settled(numbers[44:])
    assert partitions() == before[2:]
    assert purged_number() == numbers[43]
    assert told(numbers[43]) == numbers[44:]
    assert told(numbers[42]) is None


def test_purging_all_of_it_leaves_what_is_written_next(numbers, segment):
    assert purge_changes(before=NEW + timedelta(days=1)) == 59
    assert settled([])

    later = write(segment, [NEW] * 50)

    assert told(numbers[-1]) == told(None) == later


def test_two_purges_at_once_delete_each_change_once(numbers):
    at_once(*[lambda: purge_changes(before=BETWEEN)] * 2)

    assert settled(numbers[44:])
    assert purged_number() == numbers[43]


def test_a_purge_of_less_does_not_take_back_what_another_has_marked(numbers):
    note_purged(numbers[43])
    note_purged(numbers[20])
    assert purged_number() == numbers[43]


def test_what_somebody_is_still_writing_is_not_dropped_with_what_is_old(small, segment):
    small(20, 40)
    with uncommitted(lambda: write(segment, [NEW] * 10)):
        write(segment, [OLD] * 12)
        assert purge_changes(before=BETWEEN) == 0
        keep_partitions()

    assert MembershipChange.objects.filter(at=NEW).count() == 10
    assert len(told(None)) == 22


# Readers and writers meanwhile ------------------------------------------------------------------


def test_who_looked_at_the_database_before_finds_all_of_the_log(numbers):
    cursor = numbers[4]

    def followed():
        return [change.sequence for change in changes_since(cursor)]

    # The log itself is not read yet: nothing of it is locked.
    with reading(Segment.objects.first, followed) as found:
        purge_changes(before=BETWEEN)
        keep_partitions()
        with pytest.raises(CursorTooOld):
            changes_since(cursor)

    assert found == [numbers[5:]]
    assert settled(numbers[44:])


def test_who_looks_after_the_mark_is_refused_before_and_after_the_partitions_go(numbers):
    def refused():
        return told(numbers[4])

    with reading(MembershipChange.objects.first, MembershipChange.objects.count) as kept:
        purge_changes(before=BETWEEN)
        with reading(refused, refused) as found:
            assert told(numbers[43]) == numbers[44:]
    assert kept == [59]
    assert found == [None]
    assert settled(numbers[44:])


def test_nobody_waits_behind_a_purge_that_a_reader_is_in_the_way_of(numbers, segment):
    def locked():
        return MembershipChange.objects.filter(customer_id=1).count()

    note_purged(numbers[43])
    with reading(locked, locked) as found:
        stop = threading.Event()

        def purge_again_and_again():
            while not stop.is_set():
                keep_partitions()

        def use():
            try:
                return [(write(segment, [NEW] * 2), told(numbers[43])) for _time in range(4)]
            finally:
                stop.set()

        _purging, used = at_once(purge_again_and_again, use)
        assert len(partitions()) == 4

    written = [number for pair, _read in used for number in pair]
    assert used[-1][1] == [*numbers[44:], *written]
    assert found == [59]
    assert settled([*numbers[44:], *written])
    assert len(partitions()) == 2


# Purges that end half-way -----------------------------------------------------------------------


class _Statements:
    """Kills whoever sends the statement after so many."""

    def __init__(self, left: int) -> None:
        self.left = left

    def __call__(self, execute, sql, params, many, context):
        if self.left == 0:
            raise Killed
        self.left -= 1
        return execute(sql, params, many, context)


def test_a_purge_that_is_killed_anywhere_leaves_no_gap_and_is_finished(small, segment):
    """At each of its statements in turn, until one purge gets through."""
    purges = 0
    is_through = False
    while not is_through:
        MembershipChange.objects.all()._raw_delete("default")
        small(20, 40, 60, 80)
        numbers = write(segment, [OLD] * 44 + [NEW] * 15)
        try:
            with connection.execute_wrapper(_Statements(purges)):
                purge_changes(before=BETWEEN)
            is_through = True
        except Killed:
            purges += 1
        left = stored()
        assert left == numbers[len(numbers) - len(left) :]
        is_marked = purged_number() == numbers[43]
        assert is_marked or left == numbers
        assert told(numbers[20]) == (None if is_marked else numbers[21:])
        assert told(numbers[50]) == numbers[51:]
        if is_marked:
            assert settled(numbers[44:])
    assert purges > 10


# What may wait ----------------------------------------------------------------------------------


def test_what_is_old_waits_so_long_for_the_rest_of_its_partition(small, segment, settings, clock):
    small(20, 40, 60)
    settings.KEEP_CHANGES_DAYS, settings.CHANGES_WAIT_DAYS = 10, 3
    days = [clock() + timedelta(days=number // 5) for number in range(24)]
    numbers = write(segment, days)  # the first partition is full on day 3

    clock.advance(days=10, hours=1)
    purge()
    keep_partitions()
    assert stored() == numbers

    settings.CHANGES_WAIT_DAYS = 2
    purge()
    assert settled(numbers[5:])

    # Nothing is waited for in a partition that is not full.
    clock.advance(days=4)
    settings.CHANGES_WAIT_DAYS = 99
    purge()
    assert settled([])
