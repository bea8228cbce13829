"""Reads that see the database at one moment."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from core.database.replicas import reading_alias


@contextmanager
def snapshot(using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Run the block's queries against one state of the database; nothing can be written in it.

    The queries must name the database `using`. Inside a transaction the state is that of the
    transaction, with its own uncommitted changes.
    """
    connection = connections[using]
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(using=using):
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        with ExitStack() as stack:
            with _beside_the_writer(connection):
                stack.enter_context(transaction.atomic(using=using))
            yield


@contextmanager
def _beside_the_writer(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Let a transaction that begins in the block begin as a reader (SQLite)."""
    sqlite: Any = connection
    connection.ensure_connection()  # the mode is known once it is open
    before, sqlite.transaction_mode = sqlite.transaction_mode, "DEFERRED"
    try:
        yield
    finally:
        sqlite.transaction_mode = before


def read_snapshot(using: str | None = None) -> AbstractContextManager[None]:
    """Run the block's queries against one state of the database; nothing can be written in it.

    The database is `using`, which the queries must then name, or by default the one that answers
    the block of `core.database.replicas.read`. Inside a transaction the state is that of the
    transaction, with its own uncommitted changes.
    """
    return snapshot(using or reading_alias())
