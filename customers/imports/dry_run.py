"""Temporary tables that stand in for empty tables in a dry run.

A dry run counts rows and writes none. Orders and their lines are most of a shop's rows: a temporary
table takes them without indexes, keys, triggers and write-ahead log, which the real table would
update row by row only for a rollback. Unlike `customers.imports.bare`, nobody waits for a lock.
"""

from customers.imports.sql import Sql
from customers.imports.tables import ORDER_ITEMS, ORDERS


def shadow_empty_tables(sql: Sql) -> None:
    """Put temporary tables before the empty tables of orders and lines until the transaction ends.

    PostgreSQL finds a temporary table before another of its name. On SQLite there is nothing to do.
    """
    if not sql.on_postgresql:
        return
    names = [str(table.model._meta.db_table) for table in (ORDERS, ORDER_ITEMS)]
    empty = [name for name in names if not sql.has_rows(name)]
    for name in empty:
        sql.run(
            f"CREATE TEMPORARY TABLE {name} (LIKE {name} INCLUDING CONSTRAINTS INCLUDING DEFAULTS"
            " INCLUDING GENERATED INCLUDING IDENTITY) ON COMMIT DROP"
        )
    sql.alone_in = frozenset(empty)
