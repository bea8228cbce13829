"""Rows read from PostgreSQL by several connections that see one moment of it, as Arrow has them.

Each stream is a thread with a connection of its own: the library reads COPY's binary format, and
Arrow writes Parquet, without Python's lock.
"""

from collections.abc import Callable, Iterator, Mapping
from threading import Event, Lock, local
from typing import Any, TypeVar

import psycopg
from django.utils.translation import gettext as _
from psycopg.conninfo import make_conninfo

from customers.snapshots.errors import SnapshotError
from customers.snapshots.manifest import File
from customers.snapshots.parquet.column_types import schema_of
from customers.snapshots.parquet.files import file_entry, writing
from customers.snapshots.parquet.parts import Part
from customers.snapshots.parquet.sources import Source, source_of
from customers.snapshots.places.store import Store
from customers.snapshots.tables import Exported

# The parameters that Django has for psycopg and that libpq does not take.
NOT_LIBPQ = {"cursor_factory", "context", "prepare_threshold", "autocommit", "row_factory"}
# Bytes of a batch, about.
BATCH = 8 * 1024 * 1024
SETTINGS = (
    "SET client_encoding = 'UTF8'",
    "SET TimeZone = 'UTC'",
    # The streams already work in parallel.
    "SET max_parallel_workers_per_gather = 0",
    # A store may take its time over a file before the next statement comes.
    "SET idle_in_transaction_session_timeout = '10min'",
)


About = TypeVar("About")
Found = TypeVar("Found")


class Stopped(Exception):
    """Raised in a stream after another stream has failed or the export was interrupted."""


class Streams:
    """Connections that see the data of the exported PostgreSQL snapshot `moment`.

    `params` are Django's for its connection. `names` gives a path that no other file has.
    """

    def __init__(self, params: Mapping[str, Any], moment: str, store: Store, token: str) -> None:
        self._uri = make_conninfo(
            **{name: value for name, value in params.items() if name not in NOT_LIBPQ}
        )
        self._moment, self._store, self._token = moment, store, token
        self._of_thread = local()
        self._connections: list[Any] = []
        self._cursors: set[Any] = set()
        self._lock = Lock()
        self._written = 0
        self._stopped = Event()
        self._failure: Exception | None = None
        # Rows written so far, by table.
        self.rows: dict[str, int] = {}

    def source_of(self, exported: Exported) -> Source:
        """Count a table; called in the stream's thread. Raises SnapshotError; Stopped."""
        return self._unless_failed(self._count_source, exported)

    def write(self, part: Part) -> list[File]:
        """Read a part and write its files; called in the stream's thread.

        Raises SnapshotError; Stopped after `stop`; OSError.
        """
        return self._unless_failed(self._files_of, part)

    def _unless_failed(self, work: Callable[[About], Found], about: About) -> Found:
        """Do `work`; raise the first failure of any stream instead of what follows from it.

        PostgreSQL answers whatever a stream asks after its own failure that it answers no more.
        """
        if self._failure is not None:
            raise self._failure
        try:
            return work(about)
        except Stopped:
            raise
        except Exception as error:
            with self._lock:
                self._failure = self._failure or error
            raise

    def _count_source(self, exported: Exported) -> Source:
        if self._stopped.is_set():
            raise Stopped
        try:
            with self._counting().cursor() as cursor:
                return source_of(exported, cursor)
        except psycopg.Error as error:
            if self._stopped.is_set():
                raise Stopped from error
            raise SnapshotError(_("The database failed: %(error)s") % {"error": error}) from error

    def _files_of(self, part: Part) -> list[File]:
        from adbc_driver_manager import Error

        try:
            return list(self._written_of(part))
        except Error as error:
            if self._stopped.is_set():
                raise Stopped from error
            raise SnapshotError(_("The database failed: %(error)s") % {"error": error}) from error

    def stop(self) -> None:
        """Have each stream give up its current statement."""
        self._stopped.set()
        with self._lock:
            for cursor in self._cursors:
                cursor.adbc_cancel()
            for connection in self._connections:
                if isinstance(connection, psycopg.Connection):
                    connection.cancel()

    def close(self) -> None:
        """Close the connections; no stream may be at work."""
        for connection in self._connections:
            connection.close()

    def _written_of(self, part: Part) -> Iterator[File]:
        exported, schema = part.source.exported, schema_of(part.source.columns)
        batches = self._batches(part, schema)
        for number, rows in by_file(batches, is_numbered=part.is_numbered):
            path = self._new_path(exported.name)
            with writing(self._store, path, exported.name, schema, exported.customer) as writer:
                for batch in rows:
                    writer.write(batch)
                    self._note(exported.name, batch.num_rows)
            yield file_entry(writer, self._store, path, part.files[number].days)

    def _batches(self, part: Part, schema: Any) -> Iterator[Any]:
        import pyarrow

        if part.is_numbered:
            schema = schema.append(pyarrow.field("", pyarrow.int64()))
        cursor = self._connection().cursor()
        with self._lock:
            self._cursors.add(cursor)
        try:
            cursor.adbc_statement.set_options(
                **{"adbc.postgresql.batch_size_hint_bytes": str(BATCH)}
            )
            cursor.execute(part.statement)
            reader = cursor.fetch_record_batch()
            if reader.schema.types != schema.types:
                text = _("%(table)s came with types of columns that are not those of the database.")
                raise SnapshotError(text % {"table": part.source.exported.name})
            for batch in reader:
                if self._stopped.is_set():
                    raise Stopped
                yield pyarrow.RecordBatch.from_arrays(batch.columns, schema=schema)
        finally:
            with self._lock:
                self._cursors.discard(cursor)
            cursor.close()

    def _connection(self) -> Any:
        """Return the thread's connection for rows."""
        if not hasattr(self._of_thread, "rows"):
            from adbc_driver_postgresql import dbapi

            self._of_thread.rows = self._begin_snapshot(dbapi.connect(self._uri))
        return self._of_thread.rows

    def _counting(self) -> Any:
        """Return the thread's connection for counts."""
        if not hasattr(self._of_thread, "counts"):
            self._of_thread.counts = self._begin_snapshot(psycopg.connect(self._uri))
        return self._of_thread.counts

    def _begin_snapshot(self, connection: Any) -> Any:
        with self._lock:
            self._connections.append(connection)
        with connection.cursor() as cursor:
            for statement in (
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
                f"SET TRANSACTION SNAPSHOT '{self._moment}'",
                *SETTINGS,
            ):
                cursor.execute(statement)
        return connection

    def _new_path(self, table: str) -> str:
        with self._lock:
            self._written += 1
            return f"{table}/{self._token}-{self._written:05}.parquet"

    def _note(self, table: str, rows: int) -> None:
        with self._lock:
            self.rows[table] = self.rows.get(table, 0) + rows


def by_file(batches: Iterator[Any], *, is_numbered: bool) -> Iterator[tuple[int, Iterator[Any]]]:
    """Yield the numbers of files and their rows; where these are numbered, by their last column.

    Each file's rows are to be taken before the next.
    """
    if not is_numbered:
        yield 1, batches
        return
    from pyarrow import compute

    ahead: list[tuple[int, Any]] = []

    def pieces() -> Iterator[tuple[int, Any]]:
        for batch in batches:
            numbers, start = batch.column(batch.num_columns - 1), 0
            rows = batch.select(range(batch.num_columns - 1))
            for run in compute.run_end_encode(numbers).run_ends.to_pylist():
                yield numbers[start].as_py(), rows.slice(start, run - start)
                start = run

    found = pieces()
    first = next(found, None)
    if first is not None:
        ahead.append(first)

    def of_one(number: int) -> Iterator[Any]:
        while ahead and ahead[0][0] == number:
            yield ahead.pop()[1]
            following = next(found, None)
            if following is not None:
                ahead.append(following)

    while ahead:
        number = ahead[0][0]
        yield number, of_one(number)
