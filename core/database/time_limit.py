"""Timeouts for queries, and the cancellation of queries whose result is no longer needed."""

import math
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from core.database.replicas import reading_alias

# PostgreSQL's timeout is set again where the remaining time is shorter by so much (seconds).
LESS_TIME = 0.01
SET_TIMEOUT = "SELECT set_config('statement_timeout', %s, true)"
# Statements that begin and end a savepoint, which must run even when the time is over.
SAVEPOINTS = ("SAVEPOINT ", "RELEASE ", "ROLLBACK ")
# SQLite's virtual machine steps between two checks of the clock: a few milliseconds.
SQLITE_STEPS = 10_000


class TookTooLong(Exception):
    """A query was cancelled because of its timeout."""


class Cancelled(Exception):
    """A query was cancelled because its result is no longer needed."""


# Returns whether the queries have to end before their timeout.
IsOver = Callable[[], bool]


def never_over() -> bool:
    """Return False: the queries run until their timeout."""
    return False


@contextmanager
def time_limit(deadline: float, is_over: IsOver = never_over) -> Iterator[None]:
    """Raise TookTooLong where a query of the block runs past `deadline` (of `time.monotonic`),
    Cancelled where `is_over` says so, or another connection, before that.

    The limit is one for all queries of the block, and for what is done between them. The
    transaction around it goes on.
    """
    _seconds_until(deadline)
    connection = connections[reading_alias()]
    try:
        if connection.vendor == "postgresql":
            with _limited_postgresql(connection, deadline):
                yield
        else:
            with _limited_sqlite(connection, deadline, is_over):
                yield
    except OperationalError as error:
        if time.monotonic() >= deadline:
            raise TookTooLong from error
        if was_cancelled(error):
            raise Cancelled from error
        raise


def was_cancelled(error: OperationalError) -> bool:
    """Return whether `error` means that a query was cancelled from outside."""
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return cause.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT
    return getattr(cause, "sqlstate", "") == "57014"


@contextmanager
def _limited_postgresql(connection: BaseDatabaseWrapper, deadline: float) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        (before,) = cursor.fetchone()
        # A cancelled statement only rolls its savepoint back, and with it the limit set there.
        with transaction.atomic(using=connection.alias):
            limit = _seconds_until(deadline)
            _set_timeout(connection, _milliseconds(limit))

            def shorten(seconds: float) -> None:
                nonlocal limit
                if seconds < limit - LESS_TIME:
                    limit = seconds
                    # Not by Django's cursor, whose statements would call this wrapper again.
                    with connection.wrap_database_errors:
                        connection.connection.execute(SET_TIMEOUT, [_milliseconds(limit)])

            with connection.execute_wrapper(_in_time(deadline, shorten)):
                yield
            _set_timeout(connection, before)


def _seconds_until(deadline: float) -> float:
    """Return the seconds that are left; raise TookTooLong where none are."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TookTooLong
    return seconds


def _in_time(deadline: float, shorten: Callable[[float], None]) -> Callable[..., Any]:
    """Return a wrapper of statements: none starts after `deadline`; `shorten` gets what is left."""

    def execute_in_time(
        execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any
    ) -> Any:
        if not str(sql).startswith(SAVEPOINTS):
            shorten(_seconds_until(deadline))
        return execute(sql, params, many, context)

    return execute_in_time


def _milliseconds(seconds: float) -> str:
    return f"{math.ceil(seconds * 1000)}ms"


def _set_timeout(connection: BaseDatabaseWrapper, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(SET_TIMEOUT, [value])


@contextmanager
def _limited_sqlite(
    connection: BaseDatabaseWrapper, deadline: float, is_over: IsOver
) -> Iterator[None]:
    connection.ensure_connection()
    raw = connection.connection
    raw.set_progress_handler(lambda: time.monotonic() >= deadline or is_over(), SQLITE_STEPS)
    try:
        with connection.execute_wrapper(_in_time(deadline, lambda seconds: None)):
            yield
    finally:
        raw.set_progress_handler(None, 0)
