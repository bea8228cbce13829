"""Writes Parquet files of a shop snapshot, row group by row group, and their manifest entries."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from customers.snapshots.manifest import File
from customers.snapshots.parquet.column_types import DAY, INSTANT, WHOLE, check_dates
from customers.snapshots.places.store import Store

# Engines that ask for few customers skip the row groups of others.
ROWS_OF_A_GROUP = 65_536
MOST_WHOLE = 2**63 - 1


class FileWriter:
    """Writes Arrow batches of rows as they come, with constant memory.

    `customer` is the column with customers' internal keys.
    """

    def __init__(self, parquet: Any, table: str, schema: Any, customer: str | None) -> None:
        self.rows = 0
        self.sums: dict[str, int] = {field.name: 0 for field in schema if str(field.type) in WHOLE}
        self.customers: tuple[int, int] | None = None
        self._parquet, self._table, self._schema = parquet, table, schema
        self._customer = customer
        self._waiting: list[Any] = []
        self._waiting_rows = 0

    def write(self, batch: Any) -> None:
        """Add the rows of `batch`; raises SnapshotError for a date that engines cannot read."""
        check_dates(self._table, batch)
        for name in self.sums:
            self.sums[name] += exact_sum(batch.column(name))
        self._note_customers(batch)
        self.rows += batch.num_rows
        self._waiting.append(batch)
        self._waiting_rows += batch.num_rows
        if self._waiting_rows >= ROWS_OF_A_GROUP:
            self._write_groups(whole_only=True)

    def finish(self) -> None:
        """Write the remaining rows."""
        if self._waiting_rows:
            self._write_groups(whole_only=False)

    def _write_groups(self, *, whole_only: bool) -> None:
        import pyarrow

        rows = pyarrow.Table.from_batches(self._waiting, schema=self._schema)
        whole = rows.num_rows // ROWS_OF_A_GROUP * ROWS_OF_A_GROUP if whole_only else rows.num_rows
        self._parquet.write_table(rows.slice(0, whole), row_group_size=ROWS_OF_A_GROUP)
        self._waiting = rows.slice(whole).to_batches()
        self._waiting_rows = rows.num_rows - whole

    def _note_customers(self, batch: Any) -> None:
        from pyarrow import compute

        if self._customer is None:
            return
        ends = compute.min_max(batch.column(self._customer)).as_py()
        if ends["min"] is not None:
            low, high = self.customers or (ends["min"], ends["max"])
            self.customers = min(low, ends["min"]), max(high, ends["max"])


@contextmanager
def writing(
    store: Store, path: str, table: str, schema: Any, customer: str | None
) -> Iterator[FileWriter]:
    """Give the block a writer of the file `path`; the file exists once the block has ended."""
    from pyarrow.parquet import ParquetWriter

    texts = [field.name for field in schema if str(field.type) == "string"]
    whole = {field.name: "DELTA_BINARY_PACKED" for field in schema if _is_packed(field)}
    with (
        store.writing(path) as sink,
        ParquetWriter(
            sink,
            schema,
            compression="zstd",
            use_dictionary=texts,
            column_encoding=whole,
            write_page_checksum=True,
        ) as parquet,
    ):
        writer = FileWriter(parquet, table, schema, customer)
        yield writer
        writer.finish()


def _is_packed(field: Any) -> bool:
    """Return whether a column is of whole numbers, as dates and instants are in Parquet."""
    return str(field.type) in {*WHOLE, DAY, INSTANT}


def file_entry(writer: FileWriter, store: Store, path: str, days: tuple[date, date] | None) -> File:
    """Return the manifest's entry for the file that `writer` has written."""
    first, last = days or (None, None)
    return File(
        path=path,
        rows=writer.rows,
        bytes=store.size(path),
        origin=path,
        sums=writer.sums,
        first_day=first,
        last_day=last,
        customers=writer.customers,
    )


def exact_sum(column: Any) -> int:
    """Return the sum of whole numbers, 0 of none; it may be too large for 64 bits."""
    import pyarrow
    from pyarrow import compute

    ends = compute.min_max(column).as_py()
    if ends["min"] is None:
        return 0
    size = max(abs(ends["min"]), abs(ends["max"])) * len(column)
    if size <= MOST_WHOLE:
        return int(compute.sum(column).as_py())
    wide = column.cast(pyarrow.int64())
    high = compute.shift_right(wide, 32)
    low = compute.bit_wise_and(wide, 0xFFFF_FFFF)
    return (int(compute.sum(high).as_py()) << 32) + int(compute.sum(low).as_py())
