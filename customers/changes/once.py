"""Marks made once for each customer at the end of a large transaction, such as an import."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections

from customers.changes import postgresql, sqlite
from customers.changes.declared import Marked, declared
from customers.changes.statements import (
    DIRTY,
    TOUCHED,
    counts_new_rows,
    customers_of,
    key_column,
    leading_columns,
)
from customers.changes.triggers import install, remove
from customers.signals import customers_touched

MARKED = "import_marked"


@contextmanager
def marking_once(*, using: str = "default") -> Iterator[None]:
    """Mark each customer whom the block touches once, at its end; to be used in a transaction.

    New rows are told by their keys, which are larger than any before; changed and deleted ones by
    triggers that write to a temporary table. Then `customers_touched` is sent, in the transaction,
    with the name of the table of the customers, each once, as `table`; null stands for everybody.
    """
    connection = connections[using]
    with connection.cursor() as cursor:
        run = cursor.execute
        run(f"DROP TABLE IF EXISTS {TOUCHED}")
        run(f"CREATE TEMPORARY TABLE {TOUCHED} (customer_id bigint)")
        largest = {one.model: _largest_key(cursor, one) for one in declared()}
        _set_apart(connection, cursor)
        yield
        _set_back(connection, cursor)
        for marked in declared():
            if counts_new_rows(marked):
                names, table = ", ".join(leading_columns(marked)), marked.model._meta.db_table
                after = f'"{key_column(marked)}" > {largest[marked.model]}'
                rows = f"(SELECT {names} FROM {table} WHERE {after})"
                run(f"INSERT INTO {TOUCHED} (customer_id) {customers_of(marked, rows)}")
        run(f"DROP TABLE IF EXISTS {MARKED}")
        run(f"CREATE TEMPORARY TABLE {MARKED} AS SELECT DISTINCT customer_id FROM {TOUCHED}")
        run(f"DROP TABLE {TOUCHED}")
        now = postgresql.NOW if connection.vendor == "postgresql" else sqlite.NOW
        if connection.vendor == "postgresql":
            run(f"ANALYZE {MARKED}")
        # Whoever is told brings the roll-ups up to date.
        customers_touched.send(type(connection), table=MARKED, using=using)
        run(
            f"INSERT INTO {DIRTY} (customer_id, reason, is_rolled_up, at)"
            f" SELECT customer_id, 'event', true, {now} FROM {MARKED} ORDER BY customer_id"
        )
        run(f"DROP TABLE {MARKED}")


def _largest_key(cursor: Any, marked: Marked) -> int:
    key, table = key_column(marked), marked.model._meta.db_table
    cursor.execute(f'SELECT COALESCE(MAX("{key}"), 0) FROM {table}')
    return int(cursor.fetchone()[0])


def _set_apart(connection: Any, cursor: Any) -> None:
    if connection.vendor == "postgresql":
        cursor.execute(f"SELECT set_config('{postgresql.SETTING}', '{postgresql.APART}', true)")
        return
    # One writer at a time: nobody else writes while the triggers are away.
    remove(using=connection.alias)
    for marked in declared():
        for statement in sqlite.apart(marked).values():
            cursor.execute(statement)


def _set_back(connection: Any, cursor: Any) -> None:
    if connection.vendor == "postgresql":
        cursor.execute(f"SELECT set_config('{postgresql.SETTING}', '', true)")
        return
    for marked in declared():
        for name in sqlite.apart(marked):
            cursor.execute(f'DROP TRIGGER "{name}"')
    install(using=connection.alias)
