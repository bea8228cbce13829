"""The time limit of what is asked of an engine while the database has nothing to do."""

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

# So long (seconds) the connection sleeps at a time, and rests in between: this much an answer may
# come later by it.
SLEEP = 0.01


@contextmanager
def engine_limit(session: Session, deadline: float) -> Iterator[None]:
    """As `time_limit`, for a block that asks `session` and leaves the database alone.

    Whoever ends a preview ends the statement that its connection runs (`cancellation.postgresql`).
    So that there is one, the connection sleeps meanwhile, again and again; when that is ended, the
    engine is interrupted. PostgreSQL only. Raises EngineFailed as well.
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
