"""The log of an existing shop is divided where it lies, and can be put together again."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from segments.database.partitions import TABLE, partitions
from segments.engine.change_log import newest_number
from segments.engine.maintenance import keep_partitions
from segments.models import MembershipChange
from segments.tests.engine.harness import eventually
from segments.tests.engine.partitions.log import told, write

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no partitions"),
    pytest.mark.django_db(transaction=True),
]

AT = datetime(2026, 4, 10, tzinfo=UTC)
WHOLE = [("segments", "0027_kept_totals")]


@pytest.fixture
def migrate(small):
    """Return a function that migrates; all is applied in the end."""
    nodes = MigrationExecutor(connection).loader.graph.leaf_nodes()

    def migrate(targets=nodes):
        MigrationExecutor(connection).migrate(targets)

    yield migrate
    migrate()


def described():
    """Return the columns, keys and indexes of the table, by their names."""
    with connection.cursor() as cursor:
        look = connection.introspection
        columns = look.get_table_description(cursor, TABLE)
        numbers = look.get_sequences(cursor, TABLE)
        return columns, look.get_constraints(cursor, TABLE), numbers


def test_rows_numbers_and_names_are_the_same_there_and_back(migrate, make_segment):
    segment, divided = make_segment(), described()
    numbers = write(segment, [AT] * 45)
    rows = list(MembershipChange.objects.order_by("sequence").values())
    for is_divided in (False, True):
        migrate(*[] if is_divided else [WHOLE])

        assert bool(partitions()) == is_divided
        assert described() == divided
        assert list(MembershipChange.objects.order_by("sequence").values()) == rows
        assert newest_number() == numbers[-1]

    (first,) = partitions()
    assert first.end == numbers[-1] + 21
    numbers += write(segment, [AT] * 15)
    assert eventually(lambda: keep_partitions() or len(partitions()) == 2)
    numbers += write(segment, [AT] * 15)
    migrate(WHOLE)
    # Segments have fewer columns then.
    kept = MembershipChange.objects.order_by("sequence").values_list("sequence", flat=True)
    assert list(kept) == numbers
    assert write(segment, [AT]) == [numbers[-1] + 1]


def test_the_log_of_a_new_shop_begins_with_the_first_number(migrate, make_segment):
    migrate(WHOLE)
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER SEQUENCE {TABLE}_sequence_seq RESTART")
    assert newest_number() == 0

    migrate()

    assert newest_number() == 0
    assert write(make_segment(), [AT] * 2) == [1, 2]


def test_one_that_was_killed_half_way_is_begun_anew(migrate, make_segment):
    numbers = write(make_segment(), [AT] * 5)
    migrate(WHOLE)
    with connection.cursor() as cursor:
        # What it begins with, from a time when there were fewer rows.
        cursor.execute(
            f"ALTER TABLE {TABLE} ADD CONSTRAINT below_the_next CHECK (sequence < 1) NOT VALID"
        )

    migrate()

    assert told(None) == numbers
    assert not [name for name in described()[1] if name.startswith("below")]
