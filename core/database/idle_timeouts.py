"""Timeouts for idle transactions, and the errors of lock waits, deadlocks and ended transactions.

The database does not notice that a process is stopped, frozen or cut off, and keeps the locks of
the process's transaction. PostgreSQL ends a transaction that has waited too long for its next
statement: it rolls the transaction back and releases its locks, and the process, should it
continue, gets an error at its next statement. Every connection has a limit of
`settings.IDLE_TRANSACTION_SECONDS`; transactions that hold a lock which others wait for have a
shorter limit, and transactions that only read a longer one. On SQLite only the operating system can
release the one writer's lock.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import OperationalError, connection, connections


def end_soon_when_silent(using: str = "default") -> None:
    """Have this transaction ended after `settings.LOCK_SILENCE_SECONDS` without a statement."""
    limit_silence(settings.LOCK_SILENCE_SECONDS, using)


def limit_silence(seconds: float, using: str) -> None:
    """Have PostgreSQL end this transaction after it has been idle for `seconds`."""
    connection = connections[using]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('idle_in_transaction_session_timeout', %s, true)",
                [f"{round(seconds * 1000)}ms"],
            )


def is_deadlock(error: OperationalError) -> bool:
    """Return whether `error` is a deadlock, after which this transaction was rolled back."""
    return getattr(error.__cause__, "sqlstate", "") == "40P01"


def is_busy(error: OperationalError) -> bool:
    """Return whether locks of other transactions caused `error`, so that a retry may succeed."""
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        # The lower byte of an extended code such as SQLITE_BUSY_SNAPSHOT is its primary code.
        code = cause.sqlite_errorcode & 0xFF
        return code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
    return is_deadlock(error) or getattr(cause, "sqlstate", "") == "55P03"


@contextmanager
def fail_if_locked() -> Iterator[None]:
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
