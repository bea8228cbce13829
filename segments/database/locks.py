"""The locks that writers of segments hold until they commit, and how not to wait for one.

On SQLite there is nothing to lock: a transaction there begins as the only writer. A holder who
falls silent loses the locks with the transaction (`customers.silence`).
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from customers.silence import end_soon_when_silent

# First halves of the advisory locks' keys; any numbers that nobody else uses.
MEMBERS_CLASS = 0x53454730
DEFINITIONS_KEY = 0x53454731 << 32
INCREMENTAL_KEY = 0x53454732 << 32
SWEEP_KEY = 0x53454733 << 32
COSTLY_KEY = 0x53454735 << 32
REQUESTS_CLASS = 0x53454734
TURNS_CLASS = 0x53454735


def lock_members(segment_id: int) -> None:
    """Wait until no other transaction writes who is in this segment."""
    _lock(_members_key(segment_id))


def try_lock_members(segment_ids: Collection[int]) -> set[int]:
    """Take the same locks, those that are free, and return which segments' they are."""
    _need_transaction()
    if connection.vendor != "postgresql":
        return set(segment_ids)
    keys = {_members_key(pk): pk for pk in sorted(segment_ids)}
    end_soon_when_silent()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT key FROM unnest(%s::bigint[]) AS key WHERE pg_try_advisory_xact_lock(key)",
            [list(keys)],
        )
        return {keys[key] for (key,) in cursor.fetchall()}


def lock_definitions() -> None:
    """Wait until no other transaction writes or deletes definitions.

    One lock for all of them: whether references close a circle depends on more than one segment.
    """
    _lock(DEFINITIONS_KEY)


def lock_requests(segment_id: int) -> None:
    """Wait until no other transaction asks for a refresh of this segment.

    Not the segment's row: whoever counts its members holds that.
    """
    _lock((REQUESTS_CLASS << 32) + segment_id)


def try_lock_incremental() -> bool:
    """Take the lock of whoever brings changed customers up to date; False where somebody has it."""
    return _try_lock(INCREMENTAL_KEY)


def try_lock_costly() -> bool:
    """Take the lock of whoever works changes into costly segments; False where it is taken."""
    return _try_lock(COSTLY_KEY)


def try_lock_sweep() -> bool:
    """Take the lock of whoever looks what time has changed; False where somebody has it."""
    return _try_lock(SWEEP_KEY)


@contextmanager
def without_waiting() -> Iterator[None]:
    """Raise OperationalError at once where the block would wait for SQLite's one writer."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        (usual,) = cursor.fetchone()
        cursor.execute("PRAGMA busy_timeout = 0")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {int(usual)}")


def _members_key(segment_id: int) -> int:
    return (MEMBERS_CLASS << 32) + segment_id


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
