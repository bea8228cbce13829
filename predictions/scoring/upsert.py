"""Bulk upsert: insert many rows with single statements, and overwrite existing rows."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connections, models, router

INCOMING = "predictions_incoming"


def upsert(
    model: type[models.Model], unique: Sequence[str], names: Sequence[str], rows: Iterable[Any]
) -> None:
    """Insert `rows`, or update the rows that have equal values in the columns `unique`.

    Each row has the columns `names` with values as the database stores them, except that dates and
    instants are Python objects. Must be called in a transaction.
    """
    connection = connections[router.db_for_write(model)]
    table, quoted = model._meta.db_table, [f'"{name}"' for name in names]
    columns = ", ".join(quoted)
    rest = [name for name, plain in zip(quoted, names, strict=True) if plain not in unique]
    conflict = (
        f"ON CONFLICT ({', '.join(unique)}) DO UPDATE SET "
        f"{', '.join(f'{name} = EXCLUDED.{name}' for name in rest)}"
    )
    into = f'INSERT INTO "{table}" ({columns})'
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            marks = ", ".join(["%s"] * len(names))
            adapted = ([_adapt_value(connection, value) for value in row] for row in rows)
            cursor.executemany(f"{into} VALUES ({marks}) {conflict}", list(adapted))
            return
        empty = f'SELECT {columns} FROM "{table}" WHERE false'
        cursor.execute(f"CREATE TEMPORARY TABLE {INCOMING} ON COMMIT DROP AS {empty}")
        with cursor.copy(f"COPY {INCOMING} ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        # In a fixed order, so that two writers of the same rows wait and do not deadlock.
        order = ", ".join(unique)
        cursor.execute(f"{into} SELECT {columns} FROM {INCOMING} ORDER BY {order} {conflict}")
        cursor.execute(f"DROP TABLE {INCOMING}")


def _adapt_value(connection: Any, value: Any) -> Any:
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value
