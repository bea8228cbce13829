"""The shop of a test's own transaction as a shop snapshot, which other connections cannot see."""

from datetime import UTC, datetime

import pyarrow
from django.db import connection
from pyarrow import parquet

from customers.snapshots.manifest import File, Manifest, Table
from customers.snapshots.parquet.column_types import schema_of
from customers.snapshots.parquet.sources import source_of
from customers.snapshots.tables import TABLES


def write_snapshot(directory):
    """Write the tables of shop snapshots to `directory`, and return their manifest."""
    tables = {exported.name: _written(exported, directory) for exported in TABLES}
    at = datetime(2024, 3, 10, tzinfo=UTC)
    return Manifest(as_of=at, wal_position="", database="", tables=tables)


def _written(exported, directory):
    with connection.cursor() as cursor:
        columns = source_of(exported, cursor).columns
        listed = ", ".join(f'"{name}"' for name in columns)
        cursor.execute(f"SELECT {listed} FROM {exported.name} ORDER BY 1")
        rows = cursor.fetchall()
    if not rows:
        return Table(columns, ())
    schema = schema_of(columns)
    arrays = [
        pyarrow.array(values, type=field.type)
        for values, field in zip(zip(*rows, strict=True), schema, strict=True)
    ]
    file = written_file(directory, exported.name, pyarrow.Table.from_arrays(arrays, schema=schema))
    return Table(columns, (file,))


def written_file(directory, table, rows):
    """Write rows of Arrow as the one file of a table to `directory`, and return it."""
    path = f"{table}/0000000000000000-00001.parquet"
    (directory / table).mkdir(exist_ok=True)
    parquet.write_table(rows, directory / path)
    return File(path, len(rows), (directory / path).stat().st_size, path, {})
