"""Speed of writing a shop snapshot, compared with one stream of COPY that becomes Parquet.

Three streams of the same tables and columns, in the same order: CSV read in Python, CSV and the
binary format read by Arrow in C. Then the duration of an export after changes in one day.
"""

import csv
import io
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.csv
from adbc_driver_postgresql import dbapi
from django.db import connection
from psycopg.conninfo import make_conninfo
from pyarrow.parquet import ParquetWriter

from benchmarks.measure import Goal, Kind, Options, Row, in_turn
from customers.models import ProductView, Snapshot
from customers.snapshots.exporting import export_snapshot
from customers.snapshots.parquet.column_types import schema_of
from customers.snapshots.parquet.sources import Source, ordered_by, source_of
from customers.snapshots.parquet.streams import NOT_LIBPQ
from customers.snapshots.tables import TABLES

ROWS_AT_ONCE = 50_000
# A text that is empty is not one that is missing.
NULL = "\\N"
# Wanted: so many times the speed of one stream.
TIMES = 5
READ: dict[str, Callable[[str], Any]] = {
    "int16": int,
    "int32": int,
    "int64": int,
    "bool": "t".__eq__,
    "string": str,
    "date32[day]": date.fromisoformat,
    "timestamp[us, tz=UTC]": datetime.fromisoformat,
}


def rows(options: Options) -> list[Row]:
    folder = Path(tempfile.mkdtemp())
    try:
        sources = sources_now()
        amount = sum(source.rows for source in sources)
        _again(folder)
        ours, again, python, arrow, binary = in_turn(
            lambda: _anew(folder / "anew"),
            lambda: _again(folder),
            *(lambda way=way: one_stream(folder, sources, way) for way in WAYS.values()),
            rounds=max(1, options.rounds // 2),
        )
        Snapshot.objects.filter(location__startswith=str(folder)).delete()
    finally:
        shutil.rmtree(folder)
    goals = (Goal(Kind.FASTER, TIMES),)
    others = dict(zip(WAYS, (python, arrow, binary), strict=True))
    found = [
        Row(
            "snapshots",
            "all tables",
            ours,
            name,
            times,
            goals if times is python else (),
            amount=amount,
            unit="rows",
            grows=True,
        )
        for name, times in others.items()
    ]
    return [
        *found,
        Row("snapshots", "one day changed", again, "all tables", ours, amount=amount, unit="rows"),
    ]


def sources_now() -> list[Source]:
    with connection.cursor() as cursor:
        cursor.execute("SET TimeZone = 'UTC'")
        return [source_of(exported, cursor.cursor) for exported in TABLES]


def _anew(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    export_snapshot(str(folder))


def _again(folder: Path) -> None:
    """Export where all is there but for what a view of the last day has changed."""
    view = ProductView.objects.latest("viewed_at")
    view.save()
    export_snapshot(str(folder / "again"))


def one_stream(folder: Path, sources: list[Source], way: Callable[..., Iterator[Any]]) -> None:
    target = folder / "stream"
    target.mkdir(exist_ok=True)
    params = connection.get_connection_params()
    uri = make_conninfo(**{name: one for name, one in params.items() if name not in NOT_LIBPQ})
    with dbapi.connect(uri) as other:
        for source in sources:
            schema = schema_of(source.columns)
            name = source.exported.name
            columns = ", ".join(f'"{column}"' for column in source.columns)
            statement = f'SELECT {columns} FROM "{name}" ORDER BY "{ordered_by(source.exported)}"'
            with ParquetWriter(target / f"{name}.parquet", schema, compression="zstd") as writer:
                for batch in way(statement, schema, other):
                    writer.write_batch(batch)


def _csv_in_python(statement: str, schema: Any, other: Any) -> Iterator[Any]:
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({statement}) TO STDOUT (FORMAT csv, NULL '{NULL}')") as copy,
    ):
        lines = (bytes(line).decode() for line in copy)
        read = [READ[str(field.type)] for field in schema]
        waiting: list[list[str]] = []

        def batch() -> Any:
            cells = zip(*waiting, strict=True)
            columns = [
                pyarrow.array([None if cell == NULL else one(cell) for cell in column], field.type)
                for one, column, field in zip(read, cells, schema, strict=True)
            ]
            return pyarrow.RecordBatch.from_arrays(columns, schema=schema)

        for row in csv.reader(lines):
            waiting.append(row)
            if len(waiting) == ROWS_AT_ONCE:
                yield batch()
                waiting.clear()
        if waiting:
            yield batch()


class _Chunks(io.RawIOBase):
    """The output of a COPY, as a file."""

    def __init__(self, copy: Any) -> None:
        super().__init__()
        self._copy, self._rest = copy, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        pieces, size = [self._rest], len(self._rest)
        while size < len(buffer) and (chunk := self._copy.read()):
            pieces.append(bytes(chunk))
            size += len(chunk)
        whole = b"".join(pieces)
        buffer[: len(whole)] = whole[: len(buffer)]
        self._rest = whole[len(buffer) :]
        return min(size, len(buffer))


def _csv_in_arrow(statement: str, schema: Any, other: Any) -> Iterator[Any]:
    convert = pyarrow.csv.ConvertOptions(
        column_types=schema,
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        true_values=["t"],
        false_values=["f"],
        null_values=[NULL],
    )
    read = pyarrow.csv.ReadOptions(column_names=schema.names)
    parse = pyarrow.csv.ParseOptions(newlines_in_values=True)
    with connection.cursor() as cursor:
        cursor.execute("SET TimeZone = 'UTC'")
        with cursor.copy(f"COPY ({statement}) TO STDOUT (FORMAT csv, NULL '{NULL}')") as copy:
            first = copy.read()
            if not first:
                return
            file = _Chunks(copy)
            file._rest = bytes(first)
            yield from pyarrow.csv.open_csv(
                pyarrow.PythonFile(file, "r"),
                read_options=read,
                parse_options=parse,
                convert_options=convert,
            )


def _binary(statement: str, schema: Any, other: Any) -> Iterator[Any]:
    with other.cursor() as cursor:
        cursor.execute(statement)
        for batch in cursor.fetch_record_batch():
            yield pyarrow.RecordBatch.from_arrays(batch.columns, schema=schema)


WAYS: dict[str, Callable[..., Iterator[Any]]] = {
    "one COPY, CSV read in Python": _csv_in_python,
    "one COPY, CSV read by Arrow": _csv_in_arrow,
    "one COPY, binary read by ADBC": _binary,
}
