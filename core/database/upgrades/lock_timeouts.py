"""Short lock timeouts for migrations, since other queries queue behind a migration that waits."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.conf import settings
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.pq import TransactionStatus

from core.database.idle_timeouts import is_busy
from core.database.named_locks import named_lock
from core.database.time_limit import SAVEPOINTS

T = TypeVar("T")

TRIES = 30
# Seconds between two tries, in which queued queries can run.
PAUSE = 1.0
# The shortest lock timeout (seconds) of a later statement, whose transaction holds locks already.
LEAST = 0.05
# Seconds between two looks at whether another process migrates.
LOOK = 0.5
CONCURRENTLY = re.compile(
    r"\s*(CREATE|DROP|REINDEX)\b.*\bCONCURRENTLY\b", re.IGNORECASE | re.DOTALL
)
SET_TIMEOUT = "SELECT set_config('lock_timeout', %s, false)"


def try_patiently(work: Callable[[], T], tell: Callable[[str], None]) -> T:
    """Return the result of `work`, trying up to `TRIES` times where a lock wait times out.

    `work` is a transaction of its own, or continues where the failed attempt stopped. `tell` is
    called after each failed attempt with its number, such as "1/30".
    """
    for attempt in range(1, TRIES):
        try:
            return work()
        except OperationalError as error:
            if not is_busy(error):
                raise
            tell(f"{attempt}/{TRIES}")
        time.sleep(PAUSE)
    return work()


@contextmanager
def short_locks(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Have each statement of the block wait `MIGRATE_LOCK_SECONDS` at most for a lock.

    The statements of a transaction share these seconds, since the locks of the first are held while
    the later ones wait. A CONCURRENTLY statement blocks no queries and may wait longer.
    """
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        (before,) = cursor.fetchone()
    wrapper = _TimeoutOfStatements(connection)
    try:
        with connection.execute_wrapper(wrapper):
            yield
    finally:
        if connection.connection is not None and not connection.connection.closed:
            wrapper.set(before)


class _TimeoutOfStatements:
    """A wrapper of statements that sets `lock_timeout` before each."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection
        # When the first statement of the transaction under way was executed.
        self._since: float | None = None

    def __call__(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any
    ) -> Any:
        if str(sql).startswith(SAVEPOINTS):
            return execute(sql, params, many, context)
        whole: float = settings.MIGRATE_LOCK_SECONDS
        raw: Any = self._connection.connection
        if raw.info.transaction_status == TransactionStatus.IDLE:
            self._since = None
        seconds = whole * TRIES if CONCURRENTLY.match(str(sql)) else whole
        if self._since is not None:
            seconds = max(LEAST, whole - (time.monotonic() - self._since))
        self.set(f"{round(seconds * 1000)}ms")
        try:
            return execute(sql, params, many, context)
        finally:
            if self._since is None:
                self._since = time.monotonic()

    def set(self, value: str) -> None:
        """Set the timeout, past the wrappers of statements."""
        raw: Any = self._connection.connection
        if raw.info.transaction_status != TransactionStatus.INERROR:
            with self._connection.wrap_database_errors:
                raw.execute(SET_TIMEOUT, [value])


@contextmanager
def exclusive_migration(
    connection: BaseDatabaseWrapper, tell: Callable[[], None]
) -> Iterator[None]:
    """Run the block while no other process migrates this database; call `tell` before waiting.

    The advisory lock is polled: a statement that waited for the lock would keep a snapshot open,
    and an index that is built CONCURRENTLY waits for all open snapshots.
    """
    has_told = False
    while True:
        with named_lock("migrate", cursor=connection.cursor()) as is_ours:
            if is_ours:
                yield
                return
        if not has_told:
            tell()
            has_told = True
        time.sleep(LOOK)
