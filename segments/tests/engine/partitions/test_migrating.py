"""The log of an existing shop is divided where it lies, and can be put together again."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from segments.database.partitions import TABLE, partitions
from segments.database.stays import create_view, drop_view
from segments.engine.maintenance import keep_partitions
from segments.engine.members.change_log import newest_number
from segments.models import MembershipChange
from segments.tests.engine.harness import eventually
from segments.tests.engine.partitions.log import told, write

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no partitions"),
    pytest.mark.django_db(transaction=True),
]

AT = datetime(2026, 4, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def migration():
    """Return the migration that divides the log.

    The tests apply and unapply this migration alone: taking back all later ones takes 10 s. It
    reads no models, so that an empty state suffices.
    """
    return MigrationLoader(None).get_migration("segments", "0028_partitions")


@pytest.fixture
def divide(small, migration):
    """Return a function that divides the log; it is divided after the test."""

    def divide():
        with connection.schema_editor(atomic=migration.atomic) as editor:
            migration.apply(ProjectState(), editor)
        create_view(connection)

    yield divide
    if not partitions():
        divide()


@pytest.fixture
def unite(divide, migration):
    """Return a function that puts the log together again."""

    def unite():
        # A later migration makes the view of the log.
        drop_view(connection)
        with connection.schema_editor(atomic=migration.atomic) as editor:
            migration.unapply(ProjectState(), editor)

    return unite


def described():
    """Return the columns, keys and indexes of the table, by their names."""
    with connection.cursor() as cursor:
        look = connection.introspection
        columns = look.get_table_description(cursor, TABLE)
        numbers = look.get_sequences(cursor, TABLE)
        return columns, look.get_constraints(cursor, TABLE), numbers


def test_rows_numbers_and_names_are_the_same_there_and_back(divide, unite, make_segment):
    segment, divided = make_segment(), described()
    numbers = write(segment, [AT] * 45)
    rows = list(MembershipChange.objects.order_by("sequence").values())
    for is_divided in (False, True):
        divide() if is_divided else unite()

        assert bool(partitions()) == is_divided
        assert described() == divided
        assert list(MembershipChange.objects.order_by("sequence").values()) == rows
        assert newest_number() == numbers[-1]

    (first,) = partitions()
    assert first.end == numbers[-1] + 21
    numbers += write(segment, [AT] * 15)
    assert eventually(lambda: keep_partitions() or len(partitions()) == 2)
    numbers += write(segment, [AT] * 15)
    unite()
    assert told(None) == numbers
    assert write(segment, [AT]) == [numbers[-1] + 1]


def test_the_log_of_a_new_shop_begins_with_the_first_number(divide, unite, make_segment):
    unite()
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER SEQUENCE {TABLE}_sequence_seq RESTART")
    assert newest_number() == 0

    divide()

    assert newest_number() == 0
    assert write(make_segment(), [AT] * 2) == [1, 2]


def test_one_that_was_killed_half_way_is_begun_anew(divide, unite, make_segment):
    numbers = write(make_segment(), [AT] * 5)
    unite()
    with connection.cursor() as cursor:
        # What it begins with, from a time when there were fewer rows.
        cursor.execute(
            f"ALTER TABLE {TABLE} ADD CONSTRAINT below_the_next CHECK (sequence < 1) NOT VALID"
        )

    divide()

    assert told(None) == numbers
    assert not [name for name in described()[1] if name.startswith("below")]
