"""What becomes of a transaction whose process falls silent: stopped, frozen, or cut off.

The database does not notice that by itself, and keeps the transaction's locks for it. PostgreSQL
ends one that has waited for its next statement for too long: it is undone, its locks are free, and
the process, should it come back, learns of it at its next statement. Every connection has a limit
of `settings.IDLE_TRANSACTION_SECONDS`; whoever holds a lock that others wait for has a shorter one,
and whoever only reads a longer one. On SQLite only the system can free the one writer's lock.
"""

from django.conf import settings
from django.db import connections


def end_soon_when_silent(using: str = "default") -> None:
    """Have this transaction ended after `settings.LOCK_SILENCE_SECONDS` without a statement."""
    limit_silence(settings.LOCK_SILENCE_SECONDS, using)


def limit_silence(seconds: float, using: str) -> None:
    """Have this transaction ended after so many seconds in which no statement of it comes."""
    connection = connections[using]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('idle_in_transaction_session_timeout', %s, true)",
                [f"{round(seconds * 1000)}ms"],
            )
