"""Partitions are made before numbers reach them, and no write fails for want of one."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, models, transaction

from segments.database.partitions import TABLE, partitions
from segments.engine.maintenance import keep_partitions
from segments.engine.members.change_log import newest_number, purge_changes
from segments.models import MembershipChange
from segments.tests.engine.harness import at_once, eventually
from segments.tests.engine.partitions.log import in_the_rest, told, write
from segments.tests.engine.test_change_log import uncommitted

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no partitions"),
    pytest.mark.django_db(transaction=True),
]

AT = datetime(2026, 4, 10, tzinfo=UTC)


@pytest.fixture
def segment(make_segment):
    return make_segment()


def made(number):
    """Look until there are so many partitions; whoever looks at a table may be in the way."""
    return eventually(lambda: keep_partitions() or len(partitions()) == number)


def test_the_next_is_made_when_half_of_the_last_is_written(small, segment):
    first = newest_number()
    write(segment, [AT] * 5)
    keep_partitions()
    assert len(partitions()) == 1

    write(segment, [AT] * 10)
    assert made(2)

    last, new = partitions()
    assert (last.end, new.start, new.end) == (first + 20, first + 20, first + 40)
    write(segment, [AT] * 10)
    assert in_the_rest() == 0
    assert len(told(None)) == 25
    keep_partitions()
    assert len(partitions()) == 2


def test_what_nobody_made_one_for_is_in_the_rest_and_read_erased_and_purged(small, segment):
    numbers = write(segment, [AT] * 70)
    assert in_the_rest() > 0
    assert told(None) == numbers
    assert made(2)

    # Above what is in the rest, and what a statement under way may add to it.
    _first, new = partitions()
    assert numbers[-1] + 2 < new.start <= numbers[-1] + 3
    numbers += write(segment, [AT + timedelta(days=1)] * 20)
    assert told(numbers[10]) == numbers[11:]
    assert MembershipChange.objects.filter(customer_id=1).update(customer_id=None) == 90
    assert purge_changes(before=AT + timedelta(days=1)) == 70
    assert eventually(lambda: keep_partitions() or in_the_rest() == 2)
    assert told(numbers[69]) == numbers[70:]
    assert MembershipChange.objects.count() == 20


def test_they_are_made_while_somebody_writes(small, segment):
    with uncommitted(lambda: write(segment, [AT] * 15)):
        assert made(2)
        numbers = write(segment, [AT] * 4)
    assert told(None)[-4:] == numbers


def test_a_statement_that_is_under_way_does_not_meet_one_that_it_does_not_know(small, segment):
    """It stands still before its third row, the first beyond the last partition, and writes two."""
    write(segment, [AT] * 17)
    gate = 4711

    def slowly():
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {TABLE} (segment_id, kind, reason, at)"
                " SELECT %s, 'left', 'event', now() FROM generate_series(1, 4) AS n"
                " WHERE n <> 3 OR pg_advisory_xact_lock_shared(%s)::text IS NOT NULL",
                [segment.pk, gate],
            )

    def make():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [gate])
            closed.set()
            eventually(lambda: newest_number() == end - 1)
            at_once(lambda: made(2))

    end = partitions()[0].end
    closed = threading.Event()
    at_once(make, lambda: closed.wait(60) and slowly())

    assert partitions()[-1].start > end
    assert in_the_rest() == 2
    assert MembershipChange.objects.filter(kind="left").count() == 4


def test_two_who_make_them_make_each_once(small, segment):
    numbers = write(segment, [AT] * 15)

    at_once(keep_partitions, keep_partitions, keep_partitions)

    assert made(2)
    assert partitions()[-1].start == numbers[0] + 19


def test_a_table_that_migrations_change_has_partitions_that_are_like_it(small, segment):
    """Fields and indexes are added to all, and those that are made later have them, too."""
    write(segment, [AT] * 15)
    note = models.CharField(max_length=8, default="none")
    note.set_attributes_from_name("note")
    index = models.Index(fields=["kind", "at"], name="change_kind_idx")

    with transaction.atomic():
        with connection.schema_editor() as editor:
            editor.add_field(MembershipChange, note)
            editor.add_index(MembershipChange, index)
        connection.check_constraints()
        with connection.cursor() as cursor:
            cursor.execute(
                f"CREATE TABLE {TABLE}_later (LIKE {TABLE} INCLUDING ALL EXCLUDING IDENTITY)"
            )
            end = partitions()[-1].end
            cursor.execute(
                f"ALTER TABLE {TABLE} ATTACH PARTITION {TABLE}_later"
                f" FOR VALUES FROM ({end}) TO ({end + 1})"
            )
            cursor.execute(f"SELECT DISTINCT note FROM {TABLE}")
            assert cursor.fetchall() == [("none",)]
            for one in partitions():
                constraints = connection.introspection.get_constraints(cursor, one.table)
                columns = [found["columns"] for found in constraints.values() if found["index"]]
                assert ["kind", "at"] in columns
        with connection.schema_editor() as editor:
            editor.remove_index(MembershipChange, index)
            editor.remove_field(MembershipChange, note)
        transaction.set_rollback(True)
