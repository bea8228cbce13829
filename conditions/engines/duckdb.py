"""DuckDB: the engine of one big machine, in this process."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from threading import Lock
from typing import Any

import duckdb
import numpy
import pyarrow
from django.conf import settings
from duckdb.sqltypes import DATE, TIMESTAMP_TZ
from sqlglot import exp

from conditions.engines.engine import Engine, EngineFailed, never_over
from conditions.engines.expansions import CALENDAR, days_ahead, expand_salted, first_digits
from conditions.engines.interrupting import interrupting
from conditions.engines.translation import (
    COMMON,
    DAY_IN,
    PREFIX,
    Dialect,
    Translated,
    call_day_in,
    day_in,
    whole_quotient,
)
from conditions.sql.buckets import FUNCTION as BUCKET
from conditions.sql.expressions import offsets_of
from core.text.hashes import BUCKETS
from customers.snapshots.manifest import Manifest, Table
from customers.snapshots.parquet.column_types import schema_of
from customers.snapshots.places.remote import RemoteStore
from customers.snapshots.places.stores import open_store
from customers.snapshots.scratch import scratch


def _like(like: exp.Expr) -> exp.Expr:
    # LIKE of DuckDB has no escape character unless it is named.
    return exp.Escape(this=like.copy(), expression=exp.Literal.string("\\"))


def _median(call: exp.Expr) -> exp.Expr:
    (value,) = call.expressions
    return exp.Anonymous(this="quantile_disc", expressions=[value, exp.Literal.number("0.5")])


def _latest(call: exp.Expr) -> exp.Expr:
    value, time, key = call.expressions
    order = [
        exp.Ordered(this=time, desc=True, nulls_first=False),
        exp.Ordered(this=key, desc=True, nulls_first=False),
    ]
    return exp.Anonymous(this="first", expressions=[exp.Order(this=value, expressions=order)])


def _compare(call: exp.Expr) -> exp.Expr:
    left, a, right, b = (exp.cast(one, "int128") for one in call.expressions)
    difference = exp.Sub(
        this=exp.Mul(this=left, expression=a), expression=exp.Mul(this=right, expression=b)
    )
    return exp.Sign(this=difference)


def _days_ahead(call: exp.Expr) -> exp.Expr:
    day, today = call.expressions
    parts = [
        exp.cast(exp.Extract(this=exp.Var(this=part), expression=day.copy()), "bigint")
        for part in ("MONTH", "DAY")
    ]
    that_day = exp.Anonymous(this="make_date", expressions=[exp.Literal.number(2000), *parts])
    before = exp.cast(exp.Literal.string("1999-12-31"), "date")
    number = exp.Paren(this=exp.Sub(this=that_day, expression=before))
    return days_ahead(number, date.fromisoformat(today.name))


def _bucket(call: exp.Expr) -> exp.Expr:
    digits = exp.Anonymous(this="sha256", expressions=[expand_salted(call)])
    number = exp.DPipe(this=exp.Literal.string("0x"), expression=first_digits(digits))
    return exp.Paren(
        this=exp.Mod(
            this=exp.cast(exp.Paren(this=number), "bigint"), expression=exp.Literal.number(BUCKETS)
        )
    )


DIALECT = Dialect(
    name="duckdb",
    kinds=COMMON | {exp.Order, exp.Ordered},
    rules={
        exp.Div: whole_quotient,
        exp.Like: _like,
    },
    functions={
        BUCKET: _bucket,
        "tranche_compare": _compare,
        "tranche_days_ahead": _days_ahead,
        "tranche_latest": _latest,
        DAY_IN: call_day_in,
        "tranche_median": _median,
    },
)

# Rows that are read from DuckDB at a time.
BATCH = 100_000


class _Days:
    """DuckDB functions that return an instant's local day: one for each zone, made on first use.

    All functions are made on `connection`, for its cursors too. A function ends with the connection
    that made it; a cursor that called the function afterwards would crash the process.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection: Any = connection
        self._made: set[str] = set()
        self._lock = Lock()

    def make(self, zones: Iterable[str]) -> None:
        """Create the functions of these zones that do not exist yet."""
        with self._lock:
            for zone in set(zones) - self._made:
                self._connection.create_function(
                    day_in(zone), _days_of(zone), [TIMESTAMP_TZ], DATE, type="arrow"
                )
                self._made.add(zone)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return another connection to the same tables and functions."""
        with self._lock:
            found: duckdb.DuckDBPyConnection = self._connection.cursor()
        return found


class DuckDBSession:
    """A connection to DuckDB, with a view for each table of the snapshot."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, days: _Days) -> None:
        self._connection: Any = connection
        self._days = days

    def ids(self, statement: Translated) -> Iterator[Sequence[int]]:
        """See `Session`; raises EngineFailed where DuckDB reports an error."""
        try:
            self._days.make(statement.zones)
            # Fetch in batches: `execute` computes the result while it is read.
            found = self._connection.execute(statement.sql)
            while rows := found.fetchmany(BATCH):
                yield [pk for (pk,) in rows]
        except duckdb.Error as error:
            raise EngineFailed(_describe_error(error)) from error

    def rows(self, statement: Translated) -> list[tuple[int, ...]]:
        """See `Session`; raises EngineFailed where DuckDB reports an error."""
        try:
            self._days.make(statement.zones)
            found: list[tuple[int, ...]] = self._connection.execute(statement.sql).fetchall()
        except duckdb.Error as error:
            raise EngineFailed(_describe_error(error)) from error
        return found

    def interrupt(self) -> None:
        """See `Session`."""
        self._connection.interrupt()

    @contextmanager
    def beside(self) -> Iterator[DuckDBSession]:
        """Give a session over the same tables for another thread; interrupts leave this one alone.

        It ends before this one does.
        """
        with self._days.cursor() as connection:
            prepare(connection)
            yield DuckDBSession(connection, self._days)


def _describe_error(error: duckdb.Error) -> str:
    """Return an error's message; for an error in a store, without Python's traceback."""
    lines = str(error).splitlines()
    if not lines or not lines[0].startswith("Traceback"):
        return str(error)
    return next((line for line in lines[1:] if not line.startswith(" ")), lines[0])


def _days_of(zone: str) -> Callable[[Any], Any]:
    """Return the function that maps an Arrow array of instants to their days in `zone`."""
    starts, offsets = offsets_of(zone)
    changes = numpy.array([one.replace(tzinfo=None) for one in starts], dtype="datetime64[us]")
    ahead = numpy.array(offsets, dtype="timedelta64[s]")
    first, last = (numpy.datetime64(end) for end in CALENDAR)

    def days(instants: Any) -> Any:
        missing = instants.is_null()
        at = instants.cast("int64").fill_null(0).to_numpy().view("datetime64[us]")
        local = at + ahead[numpy.searchsorted(changes, at, side="right")]
        found = numpy.clip(local.astype("datetime64[D]"), first, last)
        return pyarrow.array(found, mask=missing.to_numpy(zero_copy_only=False))

    return days


@contextmanager
def open_in_duckdb(
    location: str, manifest: Manifest, is_over: Callable[[], bool] = never_over
) -> Iterator[DuckDBSession]:
    """Open the snapshot at `location` (a directory, or a URL of fsspec) in DuckDB.

    DuckDB takes at most `settings.DUCKDB_MEMORY` and writes the rest into a temporary directory,
    which is deleted afterwards. Raises EngineFailed where DuckDB reports an error.
    """
    with scratch("duckdb") as folder:
        options: dict[str, str | bool | int | float | list[str]] = {
            "autoinstall_known_extensions": False,
            "temp_directory": str(folder),
            "threads": settings.DUCKDB_THREADS or os.cpu_count() or 1,
        }
        if settings.DUCKDB_MEMORY:
            options["memory_limit"] = settings.DUCKDB_MEMORY
        with duckdb.connect(":memory:", config=options) as connection:
            session = DuckDBSession(connection, _Days(connection))
            try:
                prepare(connection)
                base = _register_store(location, connection)
                with interrupting(session, is_over):
                    for name, table in manifest.tables.items():
                        _show(name, table, base, connection)
                yield session
            except duckdb.Error as error:
                raise EngineFailed(_describe_error(error)) from error


def _register_store(location: str, connection: duckdb.DuckDBPyConnection) -> str:
    """Return the prefix of the files' paths at `location`, after DuckDB can open them."""
    store = open_store(location)
    if isinstance(store, RemoteStore):
        connection.register_filesystem(store.files)
    return store.location


def _show(name: str, table: Table, base: str, connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table's files a view; a table without files becomes an empty table."""
    if not table.files:
        # A registered Arrow table would only exist in this connection.
        connection.from_arrow(schema_of(table.columns).empty_table()).create(PREFIX + name)
        return
    view = exp.to_identifier(PREFIX + name, quoted=True).sql("duckdb")
    paths = [exp.Literal.string(f"{base}/{file.path}").sql("duckdb") for file in table.files]
    connection.execute(f"CREATE VIEW {view} AS SELECT * FROM read_parquet([{', '.join(paths)}])")


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Set the connection up so that statements mean what the translation expects."""
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")


ENGINE = Engine(name="duckdb", dialect=DIALECT, opened=open_in_duckdb)
