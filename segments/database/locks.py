"""The advisory locks that writers of segments hold until they commit.

On SQLite the functions lock nothing, because a transaction there begins as the only writer. A
holder whose connection stays idle too long loses the locks with its transaction
(`core.database.idle_timeouts`).
"""

from collections.abc import Collection
from enum import IntEnum, unique

from django.db import connection, transaction

from core.database.idle_timeouts import end_soon_when_silent


@unique
class LockClass(IntEnum):
    """First halves of the advisory locks' keys: arbitrary numbers that are used nowhere else."""

    MEMBERS = 0x53454730
    DEFINITIONS = 0x53454731
    INCREMENTAL = 0x53454732
    SWEEP = 0x53454733
    REQUESTS = 0x53454734
    TURNS = 0x53454735
    COSTLY = 0x53454736
    DOWNLOADS = 0x53454737

    def key(self, number: int = 0) -> int:
        """Return the key of the lock `number` (0 to 2**32 - 1) in the class."""
        return (self << 32) + number


def lock_members(segment_id: int) -> None:
    """Take the lock for writing the members of this segment; wait for other holders."""
    _lock(LockClass.MEMBERS.key(segment_id))


def try_lock_members(segment_ids: Collection[int]) -> set[int]:
    """Take those of the segments' members locks that are free; return the ids of these segments."""
    _need_transaction()
    if connection.vendor != "postgresql":
        return set(segment_ids)
    keys = {LockClass.MEMBERS.key(pk): pk for pk in sorted(segment_ids)}
    end_soon_when_silent()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT key FROM unnest(%s::bigint[]) AS key WHERE pg_try_advisory_xact_lock(key)",
            [list(keys)],
        )
        return {keys[key] for (key,) in cursor.fetchall()}


def lock_definitions() -> None:
    """Take the lock for writing or deleting definitions; wait for other holders.

    It is one lock for all segments, because a cycle of references involves more than one segment.
    """
    _lock(LockClass.DEFINITIONS.key())


def lock_requests(segment_id: int) -> None:
    """Take the lock for requesting a refresh of this segment; wait for other holders.

    The segment's row lock does not serve, because updates of the number of members hold it.
    """
    _lock(LockClass.REQUESTS.key(segment_id))


def try_lock_incremental() -> bool:
    """Take the lock for processing changed customers; return False where it is taken."""
    return _try_lock(LockClass.INCREMENTAL.key())


def try_lock_costly() -> bool:
    """Take the lock of the lane of costly segments; return False where it is taken."""
    return _try_lock(LockClass.COSTLY.key())


def try_lock_sweep() -> bool:
    """Take the lock for the sweep of passing time; return False where it is taken."""
    return _try_lock(LockClass.SWEEP.key())


def _lock(key: int) -> None:
    _ask("SELECT pg_advisory_xact_lock(%s)", key)


def _try_lock(key: int) -> bool:
    return _ask("SELECT pg_try_advisory_xact_lock(%s)", key) is not False


def _ask(sql: str, key: int) -> object:
    _need_transaction()
    if connection.vendor != "postgresql":
        return None
    end_soon_when_silent()
    with connection.cursor() as cursor:
        cursor.execute(sql, [key])
        (answer,) = cursor.fetchone()
    return answer


def _need_transaction() -> None:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("This lock needs a transaction.")
