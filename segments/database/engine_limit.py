"""The time limit for queries to an engine, during which the database connection is idle."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connections
from psycopg import Error

from conditions.engines.engine import EngineFailed, Session
from conditions.engines.interrupting import interrupting
from core.database.replicas import reading_alias
from core.database.time_limit import TookTooLong, time_limit

# The length (seconds) of each sleep of the connection, and the pause between two: a result may be
# late by this time.
SLEEP = 0.01


@contextmanager
def engine_limit(session: Session, deadline: float) -> Iterator[None]:
    """Like `time_limit`, for a block that queries `session` and does not use the database.

    A preview is cancelled by cancelling the statement that its connection runs
    (`cancellation.postgresql`). To have such a statement, the connection runs short sleeps during
    the block; when one is cancelled, the engine is interrupted. PostgreSQL only. Raises
    TookTooLong after `deadline`, OperationalError where the preview was cancelled, and
    EngineFailed where the engine fails otherwise.
    """
    ended: list[Error] = []

    def is_over() -> bool:
        if time.monotonic() < deadline and not ended:
            try:
                raw.execute(f"SELECT pg_sleep({SLEEP})")
            except Error as error:
                ended.append(error)
        return bool(ended) or time.monotonic() >= deadline

    with time_limit(deadline):
        raw: Any = connections[reading_alias()].connection
        try:
            with interrupting(session, is_over, look=SLEEP):
                yield
        except EngineFailed as error:
            if time.monotonic() >= deadline:
                raise TookTooLong from error
            if not ended:
                raise
        if ended:
            raise OperationalError(str(ended[0])) from ended[0]
