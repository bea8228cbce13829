"""Dry runs: imports that count rows, and roll back everything that they write.

Orders and their lines are most of a shop's rows. A dry run does not write lines and addresses,
since nothing refers to them, and writes the orders of an empty shop into a temporary table, without
the indexes, keys, triggers and write-ahead log of the real table. Unlike
`customers.imports.storing.deferred_indexes`, nobody waits for a lock.
"""

from customers.imports.storing.sql import Sql
from customers.models import Address, CartItem, Order, OrderItem, RefundItem

COUNTED = (OrderItem, RefundItem, CartItem, Address)


def begin_dry_run(sql: Sql) -> None:
    """Prepare the transaction of a dry run.

    PostgreSQL finds a temporary table before another table of the same name. SQLite writes orders
    into the real table.
    """
    sql.counted_only = frozenset(model._meta.db_table for model in COUNTED)
    orders = Order._meta.db_table
    if sql.on_postgresql and not sql.has_rows(orders):
        sql.run(
            f"CREATE TEMPORARY TABLE {orders} (LIKE {orders} INCLUDING CONSTRAINTS"
            " INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING IDENTITY) ON COMMIT DROP"
        )
        sql.alone_in = frozenset([orders])
