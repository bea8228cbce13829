"""Turns as session-level advisory locks on the primary, which end with the connection."""

from collections.abc import Sequence
from contextlib import suppress

from django.db import DatabaseError, connection


def take(keys: Sequence[int]) -> int | None:
    """Take the first free lock and return its key; None where none is free."""
    if not keys:
        return None
    tries = ", ".join(["CASE WHEN pg_try_advisory_lock(%s) THEN %s::bigint END"] * len(keys))
    with connection.cursor() as cursor:
        # One after the other, only until the first that succeeds.
        cursor.execute(f"SELECT COALESCE({tries}, NULL)", [key for key in keys for _ in "12"])
        (taken,) = cursor.fetchone()
    return None if taken is None else int(taken)


def release(key: int) -> None:
    """Release the lock; a broken connection has already released it."""
    with suppress(DatabaseError), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
