"""Chooses the database that a block of reads uses: an up-to-date streaming replica, or the primary.

A block reads from a replica only where the replica has replayed all that the primary had committed
when the block began, so that the replica never shows older data than the primary. Replay is
measured by positions in the write-ahead log (LSN); the time of the last replayed transaction alone
says nothing while the primary is idle. A replica that lags is waited for for a moment. A replica
that lags by more than `settings.REPLICA_MAX_LAG_SECONDS`, does not answer or has been promoted is
left alone for some seconds, and the block reads from the primary. Without `settings.REPLICA_URLS`
every block reads from the primary, and no query for positions is sent.
"""

import logging
import math
import random
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections
from django.db.models import Model

logger = logging.getLogger(__name__)
T = TypeVar("T")

PREFIX = "replica-"
# Seconds for which a replica that lags or does not answer is not tried again.
LEFT_ALONE = 5.0
BETWEEN_LOOKS = 0.002

_reading: ContextVar[str] = ContextVar("reading", default=DEFAULT_DB_ALIAS)
# The time (`time.monotonic`) until which this process leaves a replica alone, by alias.
_left_alone: dict[str, float] = {}


def read(block: Callable[[], T], *, may_wait: bool = True) -> T:
    """Return the result of `block`, which reads from an up-to-date replica where there is one.

    `block` may only read: where the replica fails in the middle, `block` is called again and reads
    from the primary. Without `may_wait` a replica that lags is not waited for.
    """
    alias = server_for_reading(may_wait=may_wait)
    if alias == _reading.get():
        return block()
    token = _reading.set(alias)
    try:
        return block()
    except (OperationalError, InterfaceError) as error:
        # The replica may have cancelled the query because of a conflict with replay.
        logger.warning("%s broke off, the primary is asked: %s", alias, error)
        _leave_alone(alias)
    finally:
        _reading.reset(token)
    return block()


def reading_alias() -> str:
    """Return the name of the database that the reads of this block go to."""
    return _reading.get()


def server_for_reading(*, may_wait: bool = True) -> str:
    """Return the alias of the database that a block of reads should use if it begins now.

    The alias stays as it is in a transaction, which may have written something, and in a block
    whose database is chosen already.
    """
    current = _reading.get()
    replicas = replica_aliases()
    if not replicas or current != DEFAULT_DB_ALIAS or connections[current].in_atomic_block:
        return current
    at = time.monotonic()
    asked = [alias for alias in replicas if _left_alone.get(alias, at) <= at]
    if not asked:
        return current
    position = _position()
    # In random order, to spread the load.
    for alias in random.sample(asked, len(asked)):
        if _has_everything(alias, position, may_wait):
            return alias
    return current


def replica_aliases() -> list[str]:
    """Return the aliases of the configured replicas."""
    return [alias for alias in connections.settings if alias.startswith(PREFIX)]


def lags() -> dict[str, float | None]:
    """Return the largest possible lag of each replica in seconds, by alias.

    None for a replica that does not answer or is no replica any more.
    """
    patience = settings.REPLICA_MAX_LAG_SECONDS
    return {alias: _lag_after(alias, _position(), patience) for alias in replica_aliases()}


@dataclass(frozen=True)
class _Position:
    """The flushed position (LSN) of the primary's write-ahead log, and the primary's time."""

    log: str
    at: datetime


def _position() -> _Position:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        # Everything that is committed is flushed; transactions under way need not be waited for.
        cursor.execute("SELECT pg_current_wal_flush_lsn()::text, clock_timestamp()")
        return _Position(*cursor.fetchone())


def _has_everything(alias: str, position: _Position, may_wait: bool) -> bool:
    """Return whether the replica has replayed `position`; a failing one is left alone a while."""
    most = settings.REPLICA_MAX_LAG_SECONDS
    lag = _lag_of(alias, position)
    # A replica that lagged too far the last time, and still does, is not waited for again.
    if lag and may_wait and (lag <= most or alias not in _left_alone):
        lag = _lag_after(alias, position, most)
    if lag == 0.0:
        _left_alone.pop(alias, None)
    elif lag is None or (may_wait and lag > most):
        # Right after a write on a quiet primary the replica seems to lag far, until it has replayed
        # that write. Only a caller that has waited knows that the replica does lag.
        _leave_alone(alias)
    return lag == 0.0


def _lag_after(alias: str, position: _Position, patience: float) -> float | None:
    """Return the replica's lag, 0 once it replays `position` within `patience` seconds."""
    deadline = time.monotonic() + patience
    while (lag := _lag_of(alias, position)) and time.monotonic() < deadline:
        time.sleep(BETWEEN_LOOKS)
    return lag


def _lag_of(alias: str, position: _Position) -> float | None:
    """Return the replica's largest possible lag behind `position` in seconds; 0: no lag.

    None where the replica does not answer or is no replica any more.
    """
    connection = connections[alias]
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn() >= %s::pg_lsn, "
                "pg_last_xact_replay_timestamp()",
                [position.log],
            )
            in_recovery, has_everything, replayed_at = cursor.fetchone()
    except (OperationalError, InterfaceError) as error:
        logger.warning("%s does not answer: %s", alias, error)
        connection.close()
        return None
    if not in_recovery:
        logger.warning("%s is no replica", alias)
        return None
    if has_everything:
        return 0.0
    # The missing transactions are newer than the last replayed one, which bounds the lag.
    if replayed_at is None:  # The replica has replayed no transaction since its start.
        return math.inf
    behind: timedelta = position.at - replayed_at
    return max(BETWEEN_LOOKS, behind.total_seconds())


def _leave_alone(alias: str) -> None:
    _left_alone[alias] = time.monotonic() + LEFT_ALONE


class Router:
    """Django's database router: reads of a block use its database, everything else the primary.

    An instance that was read from a replica is written on the primary, and its related rows are
    read there after the block.
    """

    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        return _reading.get() if _is_ours(hints) else None

    def db_for_write(self, model: type[Model], **hints: Any) -> str | None:
        return DEFAULT_DB_ALIAS if _is_ours(hints) else None

    def allow_relation(self, one: Model, other: Model, **hints: Any) -> bool | None:
        return True if _is_ours({"instance": one}) and _is_ours({"instance": other}) else None

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return False if db.startswith(PREFIX) else None


def _is_ours(hints: dict[str, Any]) -> bool:
    """Return whether the instance at hand, if any, comes from the primary or a replica."""
    instance = hints.get("instance")
    database = None if instance is None else instance._state.db
    return database in {None, DEFAULT_DB_ALIAS} or str(database).startswith(PREFIX)
