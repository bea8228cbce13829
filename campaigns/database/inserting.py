"""Many rows that are alike but for a few columns, written at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Model


def insert_alike(row: Model, varying: Sequence[Mapping[str, Any]]) -> None:
    """Store a row like `row`, which is not stored, for each of `varying`: its columns' values.

    All of these have the same columns. Their defaults are those of the model. Cheaper than
    `bulk_create` where a table has many columns of which few differ: nothing is asked of each
    field for each row.
    """
    if not varying:
        return
    names = list(varying[0])
    alike = {
        str(field.column): field.get_db_prep_save(field.value_from_object(row), connection)
        for field in row._meta.local_concrete_fields
        if field.column not in names and field.value_from_object(row) is not None
    }
    quote = connection.ops.quote_name
    columns = [*names, *alike]
    statement = (
        f"INSERT INTO {quote(row._meta.db_table)} ({', '.join(map(quote, columns))})"
        f" VALUES ({', '.join(['%s'] * len(columns))})"
    )
    same = tuple(alike.values())
    with connection.cursor() as cursor:
        cursor.executemany(
            statement, [(*(_adapted(one[name]) for name in names), *same) for one in varying]
        )


def _adapted(value: Any) -> Any:
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value
