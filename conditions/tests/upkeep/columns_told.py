"""Which columns queries read: SQLite tells of each, whatever the query looks like."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import pytest
from django.apps import apps
from django.db import connection

from customers.changes.declared import Changed

needs_sqlite = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="SQLite alone tells what it reads"
)


@cache
def _keys() -> frozenset[tuple[str, str]]:
    """Return the primary keys, each as its table and column."""
    return frozenset(
        (model._meta.db_table, model._meta.pk.column)
        for model in apps.get_models(include_auto_created=True)
    )


@contextmanager
def columns_told() -> Iterator[set[Changed]]:
    """Yield the columns, and tables, that are read in the block; keys apart.

    A row of another key is another row. What a view reads that is a model is read of the view.
    """
    keys = _keys()
    views = {model._meta.db_table for model in apps.get_models() if not model._meta.managed}
    found: set[Changed] = set()

    def note(
        action: int, table: str | None, column: str | None, _database: str | None, by: str | None
    ) -> int:
        if by in views:
            found.add((by, None))
        elif action == sqlite3.SQLITE_READ and table and (table, column) not in keys:
            found.add((table, column or None))
        return sqlite3.SQLITE_OK

    connection.ensure_connection()
    # What was prepared before is prepared again.
    connection.connection.set_authorizer(note)
    try:
        yield found
    finally:
        connection.connection.set_authorizer(None)
