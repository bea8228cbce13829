"""Rows that come in batches become files and row groups, wherever the batches end."""

import pyarrow
import pytest
from pyarrow import parquet

from customers.snapshots.errors import SnapshotError
from customers.snapshots.parquet import files
from customers.snapshots.parquet.column_types import schema_of
from customers.snapshots.parquet.files import file_entry, writing
from customers.snapshots.parquet.streams import by_file
from customers.snapshots.places.stores import open_store

SCHEMA = schema_of({"id": "int64", "customer_id": "int64", "email": "string"})
PATH = "customers_login/0123456789abcdef-00001.parquet"


def batch(*customers):
    ids = range(len(customers))
    return pyarrow.RecordBatch.from_arrays(
        [
            pyarrow.array(ids),
            pyarrow.array(customers, pyarrow.int64()),
            pyarrow.array(map(str, ids)),
        ],
        schema=SCHEMA,
    )


def test_row_groups_are_bounded_and_say_whom_they_are_about(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "ROWS_OF_A_GROUP", 4)
    store = open_store(str(tmp_path))
    with writing(store, PATH, "customers_login", SCHEMA, "customer_id") as writer:
        for customers in ([1], [1, 2, 3, 4, 5, 6, 7], [], [7, 8, None]):
            writer.write(batch(*customers))
    file = file_entry(writer, store, PATH, None)
    assert (file.rows, file.customers, file.day) == (11, (1, 8), None)
    assert file.sums == {"id": 0 + 21 + 3, "customer_id": 1 + 28 + 15}
    assert file.bytes == (tmp_path / PATH).stat().st_size
    found = parquet.ParquetFile(tmp_path / PATH)
    groups = [found.metadata.row_group(n) for n in range(found.num_row_groups)]
    assert [group.num_rows for group in groups] == [4, 4, 3]
    ends = [group.column(1).statistics for group in groups]
    assert [(one.min, one.max) for one in ends] == [(1, 3), (4, 7), (7, 8)]
    assert {group.column(2).compression for group in groups} == {"ZSTD"}


def test_a_file_that_cannot_be_written_to_its_end_is_not_there(tmp_path):
    store = open_store(str(tmp_path))
    schema = schema_of({"id": "int64", "at": "date32[day]"})
    rows = [pyarrow.array([7, 8]), pyarrow.array([0, -(2**31)], pyarrow.int32()).cast("date32")]
    with (
        pytest.raises(SnapshotError, match=r"login\.at of row 8 is outside of the years"),
        writing(store, PATH, "login", schema, None) as writer,
    ):
        writer.write(pyarrow.RecordBatch.from_arrays(rows, schema=schema))
    assert store.sizes() == {}


@pytest.mark.parametrize(
    "numbers", [[], [[]], [[1, 1, 2]], [[1], [1, 2], [2, 2], [4]], [[1, 2, 3], [], [3, 5], [5]]]
)
def test_numbered_rows_go_to_their_files(numbers):
    schema = pyarrow.schema([("id", pyarrow.int64()), ("", pyarrow.int64())])
    rows = iter(range(100))
    batches = [
        pyarrow.RecordBatch.from_arrays(
            [
                pyarrow.array([next(rows) for _number in some], pyarrow.int64()),
                pyarrow.array(some, pyarrow.int64()),
            ],
            schema=schema,
        )
        for some in numbers
    ]
    found = [
        (number, [row["id"] for one in pieces for row in one.to_pylist()])
        for number, pieces in by_file(iter(batches), is_numbered=True)
    ]
    flat = [number for some in numbers for number in some]
    assert found == [
        (number, [row for row, other in enumerate(flat) if other == number])
        for number in sorted(set(flat))
    ]
