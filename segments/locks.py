"""The locks that writers of segments hold until they commit.

On SQLite there is nothing to do: a transaction there begins as the only writer.
"""

from django.db import connection, transaction

# First halves of the advisory locks' keys; any numbers that nobody else uses.
MEMBERS_CLASS = 0x53454730
DEFINITIONS_KEY = 0x53454731 << 32


def lock_members(segment_id: int) -> None:
    """Wait until no other transaction writes who is in this segment."""
    _lock((MEMBERS_CLASS << 32) + segment_id)


def lock_definitions() -> None:
    """Wait until no other transaction writes or deletes definitions.

    One lock for all of them: whether references close a circle depends on more than one segment.
    """
    _lock(DEFINITIONS_KEY)


def _lock(key: int) -> None:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("This lock needs a transaction.")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])
