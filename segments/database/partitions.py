"""The partitions of the change log on PostgreSQL: ranges of sequence numbers.

Old entries are deleted by dropping their whole partition instead of row by row. Partitions are
created before numbers reach them. Entries without a partition of their own go into the default
partition, so that no write fails for want of one. A range of which the default partition has
entries is never created. On SQLite the log is one table, and these functions do nothing.

Creating or dropping a partition needs locks that conflict with readers or writers, and everybody
else would queue behind a waiting request for such a lock. So the request gives up after a short
time and is repeated by the next regular run.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection, transaction

from segments.models import MembershipChange, Watermark
from segments.models.work.watermark import Work

logger = logging.getLogger(__name__)

TABLE = MembershipChange._meta.db_table
MARKS = Watermark._meta.db_table
# The time that others may have to queue behind each of our lock requests.
PATIENCE = "200ms"
# PostgreSQL's codes for a lock timeout and for a deadlock.
IN_USE = {"55P03", "40P01"}


@dataclass(frozen=True)
class Partition:
    """A partition with the entries from number `start` up to, but not including, `end`."""

    table: str
    start: int
    end: int


def partitions() -> list[Partition]:
    """Return the partitions by their numbers, without the default partition; none on SQLite."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            r"""
            SELECT oid::regclass::text,
                COALESCE(substring(bounds FROM 'FROM \(''?(\d+)''?\)')::bigint, 1),
                substring(bounds FROM 'TO \(''?(\d+)''?\)')::bigint
            FROM (
                SELECT c.oid, pg_get_expr(c.relpartbound, c.oid) AS bounds
                FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
                WHERE i.inhparent = %s::regclass
            ) AS found
            WHERE bounds <> 'DEFAULT' ORDER BY 3
            """,
            [TABLE],
        )
        return [Partition(table, start, end) for table, start, end in cursor.fetchall()]


def make_ahead(newest: int) -> None:
    """Create the partitions that will soon be written to, `newest` being the newest number.

    Gives up where other transactions hold conflicting locks; the next run creates them.
    """
    if connection.vendor == "postgresql":
        while _unless_in_use(partial(_make_next, newest)):
            pass


def drop(one: Partition) -> bool:
    """Drop a partition whose entries are all below the committed purge mark; return whether it was.

    It stays while other transactions hold conflicting locks, or have snapshots from before the
    mark: such a reader would take the log for complete and find half of it missing.
    """
    is_gone = not _is_seen_from_before() and _unless_in_use(partial(_drop, one))
    logger.info("The partition %s is %s", one.table, "dropped" if is_gone else "in use, and stays")
    return is_gone


def analyze() -> None:
    """Analyze the partitioned table as a whole: autovacuum only analyzes its partitions."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {TABLE}")


def _unless_in_use(work: Callable[[Any], bool]) -> bool:
    """Call `work` with a cursor in a transaction, and return its result.

    Return False, with nothing done, where others hold a needed lock for longer than `PATIENCE`.
    """
    try:
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
            return work(cursor)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") not in IN_USE:
            raise
        return False


def _make_next(newest: int, cursor: Any) -> bool:
    """Create one more partition if too few numbers are left; return whether it was created."""
    # This lock does not conflict with writers; of two processes here, the second waits.
    cursor.execute(f"LOCK TABLE ONLY {TABLE} IN SHARE UPDATE EXCLUSIVE MODE")
    size = settings.CHANGES_PER_PARTITION
    end = max((one.end for one in partitions()), default=0)
    if end - newest > size // 2:
        return False
    # A running statement knows only the old partitions, and fails for an entry that belongs into
    # the new one: so the new partition begins beyond the numbers of running statements.
    start = max(end, newest + 1 + size // 10)
    table = f"{TABLE}_{start}"
    # The sequence belongs to the partitioned table.
    cursor.execute(f"CREATE TABLE {table} (LIKE {TABLE} INCLUDING ALL EXCLUDING IDENTITY)")
    bounds = f"FROM ({start}) TO ({start + size})"
    cursor.execute(f"ALTER TABLE {TABLE} ATTACH PARTITION {table} FOR VALUES {bounds}")
    logger.info("The partition %s is made, %s", table, bounds)
    return True


def _drop(one: Partition, cursor: Any) -> bool:
    # Readers and writers lock the parent first, so with this lock nobody uses the partition.
    cursor.execute(f"LOCK TABLE ONLY {TABLE} IN ACCESS EXCLUSIVE MODE")
    # A concurrent purge may have dropped the partition.
    cursor.execute(f"DROP TABLE IF EXISTS {one.table}")
    return True


def _is_seen_from_before() -> bool:
    """Return whether a snapshot, here or at a replica, may be from before the last purge's commit.

    In such a snapshot, the purge's transaction is still in progress. Some later snapshots may look
    the same while an older transaction is running, which only delays the drop.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT EXISTS (
                SELECT FROM {MARKS} AS m, (
                    SELECT backend_xmin AS not_done FROM pg_stat_activity
                    WHERE pid <> pg_backend_pid() AND backend_type <> 'autovacuum worker'
                        AND (datname IS NULL OR datname = current_database())
                    UNION ALL SELECT xmin FROM pg_replication_slots
                ) AS seen
                WHERE m.name = %s AND age(seen.not_done) >= age(m.xmin)
            )
            """,
            [Work.PURGE],
        )
        (found,) = cursor.fetchone()
    return bool(found)
