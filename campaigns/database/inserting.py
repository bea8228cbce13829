"""Many rows that are alike but for a few columns, written at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Model


def insert_copies(row: Model, varying: Sequence[Mapping[str, Any]]) -> None:
    """Store a row like `row`, which is not stored, for each of `varying`: its columns' values.

    All of these have the same columns. Their defaults are those of the model. Cheaper than
    `bulk_create` where a table has many columns of which few differ: nothing is asked of each
    field for each row.
    """
    if not varying:
        return
    fields = {
        str(field.attname): field
        for field in row._meta.local_concrete_fields
        if field.attname in varying[0] or field.value_from_object(row) is not None
    }
    alike = {
        name: field.get_db_prep_save(field.value_from_object(row), connection)
        for name, field in fields.items()
        if name not in varying[0]
    }
    columns = [name for name in fields if name not in alike]
    quoted = {name: connection.ops.quote_name(str(one.column)) for name, one in fields.items()}
    said = ", ".join(quoted[name] for name in (*columns, *alike))
    table = connection.ops.quote_name(row._meta.db_table)
    same = ["%s"] * len(alike)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # One statement with a list for each column, instead of one for each row.
            lists = ", ".join(f"%s::{fields[name].db_type(connection)}[]" for name in columns)
            names = [quoted[name] for name in columns]
            cursor.execute(
                f"INSERT INTO {table} ({said}) SELECT {', '.join([*names, *same])}"
                f" FROM unnest({lists}) AS v ({', '.join(names)})",
                [*alike.values(), *([one[name] for one in varying] for name in columns)],
            )
        else:
            values = ", ".join([*["%s"] * len(columns), *same])
            cursor.executemany(
                f"INSERT INTO {table} ({said}) VALUES ({values})",
                [
                    (*(_adapt_value(one[name]) for name in columns), *alike.values())
                    for one in varying
                ],
            )


def _adapt_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value
