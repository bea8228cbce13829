"""Compares the members that segments should have with the stored ones, inside the database."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from conditions.sql.statement import Statement
from segments.models import ChangeKind, Membership, Segment

MEMBERSHIPS = Membership._meta.db_table

# Two sets of customers count as equal if their sizes, the sums of their ids and 128 bits of hashes
# over all ids are equal. PostgreSQL only.
MIXED = (
    "COUNT(*) AS size, SUM(customer_id) AS total, bit_xor(hashint8extended(customer_id, 1)) AS one,"
    " bit_xor(hashint8extended(customer_id, 2)) AS other"
)
# The same fingerprint for the union of disjoint sets, computed from the sets' fingerprints.
MIXED_AGAIN = "SUM(size) AS size, SUM(total) AS total, bit_xor(one) AS one, bit_xor(other) AS other"


def is_expected_unchanged(segment: Segment) -> bool:
    """Return whether the stored members are of the current version and there are any.

    Then a refresh usually has nothing to write; otherwise it nearly always has.
    """
    return segment.members_version == segment.version and segment.members_count > 0


def size_if_unchanged(segment_id: int, wanted: Statement) -> int | None:
    """Return the number of stored members if they are the wanted ones; None if they may differ.

    Computes fingerprints of both sets in parallel workers, in less than half the time of a join.
    Always None where the database is not PostgreSQL.
    """
    if connection.vendor != "postgresql":
        return None
    stored, its = _members_statement([segment_id])
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT s.size FROM
                (SELECT {MIXED} FROM ({wanted[0]}) AS wanted (segment_id, customer_id)) AS w,
                (SELECT {MIXED} FROM ({stored}) AS stored) AS s
            WHERE (w.*) IS NOT DISTINCT FROM (s.*)
            """,
            [*wanted[1], *its],
        )
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def compare(ids: Sequence[int], wanted: Statement, only_batch: bool) -> int:
    """Write the customers who leave and enter into a temporary table; return how many there are."""
    stored = _stored_of_batch(ids) if only_batch else _members_statement(ids)
    if only_batch or connection.vendor == "sqlite":
        return _compare_by_except(wanted, stored)
    return _compare_by_join(wanted, stored)


def _compare_by_except(wanted: Statement, stored: Statement) -> int:
    """Compare both sets as materialized CTEs with EXCEPT, which hashes them.

    The planner cannot know how small a batch is, and might choose a nested loop that takes seconds.
    """
    execute(
        "CREATE TEMPORARY TABLE segment_changed "
        "(segment_id BIGINT, customer_id BIGINT, kind VARCHAR(16), "
        "PRIMARY KEY (segment_id, customer_id))"
    )
    return execute(
        f"""
        INSERT INTO segment_changed (segment_id, customer_id, kind)
        WITH wanted (segment_id, customer_id) AS MATERIALIZED ({wanted[0]}),
        stored (segment_id, customer_id) AS MATERIALIZED ({stored[0]})
        SELECT * FROM (
            SELECT gone.*, '{ChangeKind.LEFT}'
            FROM (SELECT * FROM stored EXCEPT SELECT * FROM wanted) gone
            UNION ALL
            SELECT new.*, '{ChangeKind.ENTERED}'
            FROM (SELECT * FROM wanted EXCEPT SELECT * FROM stored) new
        ) differing ORDER BY 1, 2
        """,
        [*wanted[1], *stored[1]],
    )


def _compare_by_join(wanted: Statement, stored: Statement) -> int:
    """Compare both sets with a full join, in parallel workers where PostgreSQL has them.

    PostgreSQL uses no parallel workers for INSERT ... SELECT, but does for CREATE TABLE AS.
    """
    found = execute(
        f"""
        CREATE TEMPORARY TABLE segment_changed AS
        SELECT COALESCE(w.segment_id, s.segment_id) AS segment_id,
            COALESCE(w.customer_id, s.customer_id) AS customer_id,
            CASE WHEN w.customer_id IS NULL THEN '{ChangeKind.LEFT}' ELSE '{ChangeKind.ENTERED}' END
                AS kind
        FROM ({wanted[0]}) AS w (segment_id, customer_id)
        FULL JOIN ({stored[0]}) AS s
            ON s.segment_id = w.segment_id AND s.customer_id = w.customer_id
        WHERE w.customer_id IS NULL OR s.customer_id IS NULL
        """,
        [*wanted[1], *stored[1]],
    )
    execute("ALTER TABLE segment_changed ADD PRIMARY KEY (segment_id, customer_id)")
    return found


def _members_statement(ids: Sequence[int]) -> Statement:
    """Return the query for all members of these segments."""
    marks = ", ".join(["%s"] * len(ids))
    return f"SELECT segment_id, customer_id FROM {MEMBERSHIPS} WHERE segment_id IN ({marks})", ids


def _stored_of_batch(ids: Sequence[int]) -> Statement:
    """Return the query for the stored members in the batch: one index range for each customer.

    PostgreSQL overestimates the memberships of a batch's customers, or assumes that segments
    created since the last ANALYZE have none, and would read all members of all segments. For an
    array, it assumes few rows, and no index matches “segment_id + 0”.
    """
    batch = "IN (SELECT customer_id FROM segment_batch)"
    if connection.vendor == "postgresql":
        batch = "= ANY(ARRAY(SELECT customer_id FROM segment_batch))"
    marks = ", ".join(["%s"] * len(ids))
    return (
        f"SELECT segment_id, customer_id FROM {MEMBERSHIPS} WHERE customer_id {batch}"
        f" AND segment_id + 0 IN ({marks})",
        ids,
    )


def execute(sql: str, params: Any = None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)
