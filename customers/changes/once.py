"""Marks each customer once at the end of a bulk write, such as an import or an app's figures."""

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from customers.changes import postgresql, sqlite
from customers.changes.declared import Marked, declared, hops
from customers.changes.hooks import WHEN_TOUCHED
from customers.changes.statements import (
    DIRTY,
    TOUCHED,
    counts_new_rows,
    customers_of,
    has_growing_keys,
    key_column,
    leading_columns,
)
from customers.changes.triggers import install, remove
from customers.models import Customer

MARKED = "import_marked"


@contextmanager
def marking_once(*, using: str = "default", own_figures: bool = False) -> Iterator[None]:
    """Mark each customer that the block concerns once, at its end and in its transaction.

    The block concerns the customers of declared rows that it inserts, deletes, or changes in a
    column that counts; a row that is written unchanged concerns nobody. The hooks `WHEN_TOUCHED`
    are called with these customers before they are marked, unless the block only writes an app's
    `own_figures`, on which no figures of other apps depend. If the block raises, everything is
    rolled back. A nested block is part of the outer one, which marks the customers of both.
    """
    connection = connections[using]
    outer = _under_way.get(connection)
    if outer is not None:
        outer.own_figures &= own_figures
        with transaction.atomic(using=using):
            yield
        return
    this = _under_way[connection] = _Write(own_figures)
    try:
        with _marking(connection, this):
            yield
    finally:
        del _under_way[connection]


@dataclass
class _Write:
    """A bulk write; `own_figures`: it only writes figures that no other app depends on."""

    own_figures: bool


# The bulk write of each connection, which belongs to one thread.
_under_way: MutableMapping[BaseDatabaseWrapper, _Write] = WeakKeyDictionary()


@contextmanager
def _marking(connection: BaseDatabaseWrapper, write: _Write) -> Iterator[None]:
    using = connection.alias
    with transaction.atomic(using=using), connection.cursor() as cursor:
        run = cursor.execute
        run(f"DROP TABLE IF EXISTS {TOUCHED}")
        run(f"CREATE TEMPORARY TABLE {TOUCHED} (customer_id bigint)")
        _set_apart(connection, cursor)
        with _noting_new_rows(cursor):
            yield
        run(f"DROP TABLE IF EXISTS {MARKED}")
        run(f"CREATE TEMPORARY TABLE {MARKED} AS SELECT DISTINCT customer_id FROM {TOUCHED}")
        run(f"DELETE FROM {TOUCHED}")
        if connection.vendor == "postgresql":
            run(f"ANALYZE {MARKED}")
        own_figures = write.own_figures
        if not own_figures:
            # The rows that the hooks write are noted, too; usually they concern the same customers.
            with _noting_new_rows(cursor):
                for hook in WHEN_TOUCHED:
                    hook(table=MARKED, using=using)
        _set_back(connection, cursor)
        now = postgresql.NOW if connection.vendor == "postgresql" else sqlite.NOW
        others = f"SELECT customer_id FROM {TOUCHED} EXCEPT SELECT customer_id FROM {MARKED}"
        # The hooks have updated the roll-ups of the customers in the table.
        for rolled_up, chosen in (
            ("false" if own_figures else "true", f"SELECT customer_id FROM {MARKED}"),
            ("false", others),
        ):
            run(
                f"INSERT INTO {DIRTY} (customer_id, reason, is_rolled_up, at)"
                f" SELECT customer_id, 'event', {rolled_up}, {now} FROM ({chosen}) AS found"
                " ORDER BY customer_id"
            )
        run(f"DROP TABLE {TOUCHED}")
        run(f"DROP TABLE {MARKED}")


@contextmanager
def _noting_new_rows(cursor: Any) -> Iterator[None]:
    """Note the customers of the block's new rows: rows with larger keys than any row before.

    Triggers note changed and deleted rows, and new rows of models whose keys do not grow.
    """
    noted = [one for one in declared() if counts_new_rows(one) and has_growing_keys(one)]
    largest = {one.model: _largest_key(cursor, one) for one in noted}
    yield
    if largest.get(Customer) == 0:
        # No customer existed before: the customers of all other new rows are new rows themselves.
        noted = [one for one in noted if one.model is Customer or not list(hops(one))]
    for one in noted:
        names, table = ", ".join(leading_columns(one)), one.model._meta.db_table
        rows = f'(SELECT {names} FROM {table} WHERE "{key_column(one)}" > {largest[one.model]})'
        cursor.execute(f"INSERT INTO {TOUCHED} (customer_id) {customers_of(one, rows)}")


def _largest_key(cursor: Any, marked: Marked) -> int:
    key, table = key_column(marked), marked.model._meta.db_table
    cursor.execute(f'SELECT COALESCE(MAX("{key}"), 0) FROM {table}')
    return int(cursor.fetchone()[0])


def _set_apart(connection: Any, cursor: Any) -> None:
    if connection.vendor == "postgresql":
        cursor.execute(f"SELECT set_config('{postgresql.SETTING}', '{postgresql.APART}', true)")
        return
    # SQLite has one writer: no other process writes while the triggers are removed.
    remove(using=connection.alias)
    for marked in declared():
        for statement in sqlite.bulk_triggers(marked).values():
            cursor.execute(statement)


def _set_back(connection: Any, cursor: Any) -> None:
    if connection.vendor == "postgresql":
        cursor.execute(f"SELECT set_config('{postgresql.SETTING}', '', true)")
        return
    for marked in declared():
        for name in sqlite.bulk_triggers(marked):
            cursor.execute(f'DROP TRIGGER "{name}"')
    install(using=connection.alias)
