"""The partitions of the change log on PostgreSQL: stretches of numbers, each in a table of its own.

Old entries go with all of their partition at once, instead of one by one. Partitions are made
before numbers reach them; entries that nobody made one for are in the rest, a partition that takes
whatever no other does, so that no write fails for want of one. A stretch of which the rest has
entries is never made. On SQLite the log is one table, and there is nothing to do.

To make or to drop one needs locks that readers or writers stand in the way of. Who waits for such a
lock has all others wait behind: so it is asked for again at the next regular look, not waited for.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection, transaction

from segments.models import MembershipChange, Watermark
from segments.models.watermark import Work

logger = logging.getLogger(__name__)

TABLE = MembershipChange._meta.db_table
MARKS = Watermark._meta.db_table
# For so long others may have to wait behind us, at each lock.
PATIENCE = "200ms"
# PostgreSQL's codes for a lock that was not had within that, or that two waited for in a circle.
IN_USE = {"55P03", "40P01"}


@dataclass(frozen=True)
class Partition:
    """A partition that has the entries from number `start` on, those from `end` on no more."""

    table: str
    start: int
    end: int


def partitions() -> list[Partition]:
    """Return the partitions in the order of their numbers, without the rest; none on SQLite."""
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
    """Make the partitions that will soon be written to, the newest number being `newest`.

    Whoever is in the way is left alone: the next look makes them.
    """
    if connection.vendor == "postgresql":
        while _unless_in_use(partial(_make_next, newest)):
            pass


def drop(one: Partition) -> bool:
    """Drop a partition whose entries are all purged by a committed mark; return whether it is gone.

    It stays while somebody is in the way, or may still see the database as of before the mark: such
    a reader would take the log for complete, and find half of it gone.
    """
    is_gone = not _is_seen_from_before() and _unless_in_use(partial(_drop, one))
    logger.info("The partition %s is %s", one.table, "dropped" if is_gone else "in use, and stays")
    return is_gone


def analyze() -> None:
    """Have PostgreSQL look what all of the log is like: by itself it looks at partitions alone."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {TABLE}")


def _unless_in_use(work: Callable[[Any], bool]) -> bool:
    """Do `work` with a cursor in a transaction, and return what it does.

    False where others hold a lock that it needs for longer than `PATIENCE`: nothing is done then.
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
    """Make one more partition if too few numbers are left; return whether there is a new one."""
    # Whoever writes is not in the way; of two who make partitions the second waits.
    cursor.execute(f"LOCK TABLE ONLY {TABLE} IN SHARE UPDATE EXCLUSIVE MODE")
    size = settings.CHANGES_PER_PARTITION
    end = max((one.end for one in partitions()), default=0)
    if end - newest > size // 2:
        return False
    # A statement that is under way knows only the partitions from before, and fails where one of
    # its entries belongs into this: so this begins where no such statement gets to.
    start = max(end, newest + 1 + size // 10)
    table = f"{TABLE}_{start}"
    # Numbers are given by the log as a whole.
    cursor.execute(f"CREATE TABLE {table} (LIKE {TABLE} INCLUDING ALL EXCLUDING IDENTITY)")
    bounds = f"FROM ({start}) TO ({start + size})"
    cursor.execute(f"ALTER TABLE {TABLE} ATTACH PARTITION {table} FOR VALUES {bounds}")
    logger.info("The partition %s is made, %s", table, bounds)
    return True


def _drop(one: Partition, cursor: Any) -> bool:
    # All who read or write go through this one: who has it meets nobody at the partition itself.
    cursor.execute(f"LOCK TABLE ONLY {TABLE} IN ACCESS EXCLUSIVE MODE")
    # Another purge may have been faster.
    cursor.execute(f"DROP TABLE IF EXISTS {one.table}")
    return True


def _is_seen_from_before() -> bool:
    """Whether a transaction, here or at a replica, may have begun to look before the last purge.

    Whoever looked before the mark was committed saw at least that transaction as one that is not
    done. Of those who look later, some see it so as well, as long as an older one is not done.
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
