"""A change log in small partitions, and rows of it without anybody who enters or leaves."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from segments.database.partitions import TABLE
from segments.engine.members.change_log import (
    CursorTooOld,
    begin_writing,
    changes_since,
    newest_number,
)
from segments.models import MembershipChange, Segment


def lay_out(*ends: int) -> None:
    """Have partitions that end before these numbers, the first of them after all that were given.

    For an empty log, whose partitions go. Nothing to do on SQLite.
    """
    if connection.vendor != "postgresql":
        return
    first = newest_number() + ends[0]
    bounds = [first, *(first + end - ends[0] for end in ends[1:])]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass",
            [TABLE],
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"DROP TABLE {table}")
        start = "MINVALUE"
        for number, end in enumerate(bounds):
            cursor.execute(
                f"CREATE TABLE {TABLE}_{number or 'first'} PARTITION OF {TABLE}"
                f" FOR VALUES FROM ({start}) TO ({end})"
            )
            start = str(end)
        cursor.execute(f"CREATE TABLE {TABLE}_rest PARTITION OF {TABLE} DEFAULT")


def in_the_rest() -> int:
    """Return how many changes have no partition made for them."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {TABLE}_rest")
        return int(cursor.fetchone()[0])


def write(segment: Segment, ages: Sequence[datetime], customer_id: int = 1) -> list[int]:
    """Log changes of these times as a writer does, and return their numbers."""
    with transaction.atomic():
        begin_writing()
        rows = MembershipChange.objects.bulk_create(
            MembershipChange(
                segment=segment,
                customer_id=customer_id,
                customer_external_id=f"C{customer_id}",
                kind="entered",
                reason="event",
                at=at,
            )
            for at in ages
        )
    return [row.sequence for row in rows]


def told(cursor: int | None) -> list[int] | None:
    """Return the numbers of what follows a cursor; None where it is refused."""
    try:
        return [change.sequence for change in changes_since(cursor)]
    except CursorTooOld:
        return None
