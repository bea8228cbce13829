"""Which database a block of reads asks: a streaming replica that has everything, or the primary.

A replica is asked only where it has replayed all that the primary had committed when the block
began: so nobody, whoever wrote what a moment ago, sees anything older there than on the primary.
How far each of them is, is compared by positions in the write-ahead log; the time of the last
replayed transaction alone says nothing on a primary that is idle. A replica that is behind is
waited for for a moment. One that is further behind than `settings.REPLICA_MAX_LAG_SECONDS`, that
does not answer or that is no replica any more is left alone for some seconds, and the primary is
asked. Without `settings.REPLICA_URLS` there is nothing to decide, and nothing is asked.
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
# So long (seconds) a replica that is behind, or does not answer, is not asked again.
LEFT_ALONE = 5.0
BETWEEN_LOOKS = 0.002

_reading: ContextVar[str] = ContextVar("reading", default=DEFAULT_DB_ALIAS)
# Until when (`time.monotonic`) this process leaves a replica alone; gone when it is fine again.
_left_alone: dict[str, float] = {}


def read(block: Callable[[], T], *, may_wait: bool = True) -> T:
    """Return what `block` gives, whose reads a replica answers where one has everything.

    `block` reads and does nothing else: where the replica goes away in the middle, it is called
    once more, for the primary. Without `may_wait` no replica is waited for.
    """
    alias = server_for_reading(may_wait=may_wait)
    if alias == _reading.get():
        return block()
    token = _reading.set(alias)
    try:
        return block()
    except (OperationalError, InterfaceError) as error:
        # It may have ended the query itself, because replaying had to go on.
        logger.warning("%s broke off, the primary is asked: %s", alias, error)
        _leave_alone(alias)
    finally:
        _reading.reset(token)
    return block()


def reading_alias() -> str:
    """Return the name of the database that the reads of this block go to."""
    return _reading.get()


def server_for_reading(*, may_wait: bool = True) -> str:
    """Return the name of the database that a block of reads which begins now should go to.

    In a transaction, which may have written something, and in a block that has its server, it is
    the one there is.
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
    # In any order, so that each has its share.
    for alias in random.sample(asked, len(asked)):
        if _has_everything(alias, position, may_wait):
            return alias
    return current


def replica_aliases() -> list[str]:
    """Return the names of the replicas that there should be."""
    return [alias for alias in connections.settings if alias.startswith(PREFIX)]


def lags() -> dict[str, float | None]:
    """Return how many seconds each replica is behind, at most, by name.

    None where it does not answer or is no replica.
    """
    patience = settings.REPLICA_MAX_LAG_SECONDS
    return {alias: _lag_after(alias, _position(), patience) for alias in replica_aliases()}


@dataclass(frozen=True)
class _Position:
    """How far the primary's log had got, and what its clock said."""

    log: str
    at: datetime


def _position() -> _Position:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        # All that is committed is flushed; what others have begun to write need not be waited for.
        cursor.execute("SELECT pg_current_wal_flush_lsn()::text, clock_timestamp()")
        return _Position(*cursor.fetchone())


def _has_everything(alias: str, position: _Position, may_wait: bool) -> bool:
    """Whether the replica has come up to `position`; otherwise it may be left alone for a while."""
    most = settings.REPLICA_MAX_LAG_SECONDS
    lag = _lag_of(alias, position)
    # One that was too far behind the last time, and still is, is not waited for once more.
    if lag and may_wait and (lag <= most or alias not in _left_alone):
        lag = _lag_after(alias, position, most)
    if lag == 0.0:
        _left_alone.pop(alias, None)
    elif lag is None or (may_wait and lag > most):
        # Right after a write on a quiet primary it looks far behind, for as long as it takes to
        # replay that: who does not wait cannot tell.
        _leave_alone(alias)
    return lag == 0.0


def _lag_after(alias: str, position: _Position, patience: float) -> float | None:
    """Return the replica's lag: 0 as soon as it has come up to `position` within `patience`."""
    deadline = time.monotonic() + patience
    while (lag := _lag_of(alias, position)) and time.monotonic() < deadline:
        time.sleep(BETWEEN_LOOKS)
    return lag


def _lag_of(alias: str, position: _Position) -> float | None:
    """Return how many seconds before `position` the replica is, at most; 0: it has all of it.

    None where it does not answer or is no replica.
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
    # Something later than what was last replayed is missing: it cannot be behind any further.
    if replayed_at is None:  # It was begun after the last transaction.
        return math.inf
    behind: timedelta = position.at - replayed_at
    return max(BETWEEN_LOOKS, behind.total_seconds())


def _leave_alone(alias: str) -> None:
    _left_alone[alias] = time.monotonic() + LEFT_ALONE


class Router:
    """Django's database router: reads of a block go to its server, everything else does not.

    What was read from a replica is looked up further, and written, on the primary.
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
    """Whether the instance at hand, if there is one, comes from the primary or a replica."""
    instance = hints.get("instance")
    database = None if instance is None else instance._state.db
    return database in {None, DEFAULT_DB_ALIAS} or str(database).startswith(PREFIX)
