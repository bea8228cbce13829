"""What fixtures of a module write is there for all its tests, which undo only their own."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction

# Whether what is in SQLite's open transaction is brought back by `rows_for_all`.
_shared = {"by a module": False}


@pytest.fixture(scope="module")
def rows_for_all(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Let what fixtures of a module write be there for all its tests, which undo only their own.

    Not where a test of the module has real transactions: its flush would take those rows as well.
    """
    with django_db_blocker.unblock(), _brought_back(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(fixturedef: Any) -> None:
    # What the fixtures of the module have written is there, and the test has not begun.
    if fixturedef.argname == "_django_db_helper":
        keep_what_is_written()


def keep_what_is_written() -> None:
    """Commit the rows of `rows_for_all` on SQLite, where going back to a savepoint then costs less.

    A transaction that made a temporary table, as a refresh does, has SQLite read its whole schema
    again after each rollback, which takes 8 ms. In the end `rows_for_all` brings back what was.
    """
    if not connection.savepoint_ids:
        _commit()


@contextmanager
def undone(*, keeps_the_rest: bool = False) -> Iterator[None]:
    """Take back what is done within, in a module with `rows_for_all`.

    With `keeps_the_rest`, what the test did before stays for the tests behind it, and many requests
    of one test cost less, see `keep_what_is_written`.
    """
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    if keeps_the_rest:
        _commit()
    else:
        keep_what_is_written()


def copy_rows_from(source: sqlite3.Connection) -> None:
    """Replace all rows of a module with `rows_for_all` on SQLite by those of `source`."""
    with _between_transactions():
        source.backup(connection.connection)


def _commit() -> None:
    if _shared["by a module"] and connection.in_atomic_block:
        with _between_transactions():
            pass


@contextmanager
def _between_transactions() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("COMMIT")
        yield
        cursor.execute("BEGIN")
        for name in filter(None, connection.savepoint_ids):
            cursor.execute(f"SAVEPOINT {connection.ops.quote_name(name)}")


@contextmanager
def _brought_back() -> Iterator[None]:
    if connection.vendor != "sqlite":
        yield
        return
    _shared["by a module"] = True
    connection.ensure_connection()
    before = sqlite3.connect(":memory:")
    connection.connection.backup(before)
    yield
    _shared["by a module"] = False
    before.backup(connection.connection)
    before.close()
