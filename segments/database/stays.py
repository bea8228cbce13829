"""The view `segments_stay`: the periods of customers in segments, derived from the change log.

Stays are not stored, so that they cannot differ from the log: entries that are purged, erased or
deleted there disappear here, too. The view has a row for each entry of the log and for each
membership; `is_stay` is true for these:

- an `entered` entry, with the time of the next `left` entry of the same segment and customer;
- a `left` entry without an earlier entry, which the log had before it was purged;
- a membership without any entry: the log had it before it was purged.

The branches have no WHERE of their own. PostgreSQL flattens such a UNION ALL into the tables, and
finds the rows of a customer or of a segment by the tables' indexes.
"""

from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from segments.models import Membership, MembershipChange, Stay
from segments.models.members.change import ChangeKind

VIEW = Stay._meta.db_table
CHANGES = MembershipChange._meta.db_table
MEMBERSHIPS = Membership._meta.db_table
# The ids of rows for memberships combine two keys, with room for 8 million segments.
CUSTOMERS = 2**40

_OTHER = f"FROM {CHANGES} o WHERE o.customer_id = c.customer_id AND o.segment_id = c.segment_id"
_ENTERED, _LEFT = (f"c.kind = '{kind}'" for kind in (ChangeKind.ENTERED, ChangeKind.LEFT))
DEFINITION = f"""
CREATE VIEW {VIEW} AS
SELECT c.sequence AS id, c.segment_id, c.customer_id,
    CASE WHEN {_ENTERED} THEN c.at END AS entered_at,
    CASE WHEN {_LEFT} THEN c.at ELSE (
        SELECT o.at {_OTHER} AND o.sequence > c.sequence ORDER BY o.sequence LIMIT 1
    ) END AS left_at,
    {_ENTERED} OR NOT EXISTS (SELECT 1 {_OTHER} AND o.sequence < c.sequence) AS is_stay
FROM {CHANGES} c
UNION ALL
SELECT -(c.segment_id * {CUSTOMERS} + c.customer_id), c.segment_id, c.customer_id,
    c.entered_at, NULL, NOT EXISTS (SELECT 1 {_OTHER})
FROM {MEMBERSHIPS} c
"""


def create_view(connection: BaseDatabaseWrapper) -> None:
    """Create the view where it is missing and its tables exist."""
    tables = connection.introspection.table_names(include_views=True)
    if VIEW not in tables and {CHANGES, MEMBERSHIPS} <= set(tables):
        with connection.cursor() as cursor:
            cursor.execute(DEFINITION)


def drop_view(connection: BaseDatabaseWrapper) -> None:
    """Drop the view, if it is there."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP VIEW IF EXISTS {VIEW}")


def before_migration(using: str, plan: list[Any], **kwargs: Any) -> None:
    """Drop the view on SQLite, because Django could not rebuild a table that the view reads.

    On PostgreSQL the view stays for concurrent readers; a migration that changes the type of a
    column of the view drops and creates the view itself.
    """
    connection = connections[using]
    if connection.vendor == "sqlite" and plan:
        drop_view(connection)


def after_migration(using: str, **kwargs: Any) -> None:
    """Create the view on SQLite again."""
    if connections[using].vendor == "sqlite":
        create_view(connections[using])
