"""Queries that end in time, or when their answer is no longer wanted."""

import math
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from segments.database.replicas import reading_alias

# How many of SQLite's steps pass between two looks at the clock: some milliseconds' worth.
SQLITE_STEPS = 10_000


class TookTooLong(Exception):
    """A query was cancelled because its time was over."""


class Cancelled(Exception):
    """A query was cancelled because its answer is no longer wanted."""


# Whether somebody has asked meanwhile that the queries end.
IsOver = Callable[[], bool]


def never() -> bool:
    """Nobody asks this way."""
    return False


@contextmanager
def time_limit(deadline: float, is_over: IsOver = never) -> Iterator[None]:
    """Raise TookTooLong where a query of the block runs past `deadline` (of `time.monotonic`),
    Cancelled where `is_over` says so, or another connection, before that.

    The transaction around it goes on.
    """
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        raise TookTooLong
    connection = connections[reading_alias()]
    try:
        if connection.vendor == "postgresql":
            with _limited_postgresql(connection, remaining):
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
    """Whether `error` says that a query was ended from outside."""
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return cause.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT
    return getattr(cause, "sqlstate", "") == "57014"


@contextmanager
def _limited_postgresql(connection: BaseDatabaseWrapper, seconds: float) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        (before,) = cursor.fetchone()
        # A cancelled statement ends its savepoint only, with the limit that was set in it.
        with transaction.atomic(using=connection.alias):
            _set_timeout(connection, f"{math.ceil(seconds * 1000)}ms")
            yield
            _set_timeout(connection, before)


def _set_timeout(connection: BaseDatabaseWrapper, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [value])


@contextmanager
def _limited_sqlite(
    connection: BaseDatabaseWrapper, deadline: float, is_over: IsOver
) -> Iterator[None]:
    connection.ensure_connection()
    raw = connection.connection
    raw.set_progress_handler(lambda: time.monotonic() >= deadline or is_over(), SQLITE_STEPS)
    try:
        yield
    finally:
        raw.set_progress_handler(None, 0)
