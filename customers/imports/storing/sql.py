"""The few pieces of SQL that differ between the databases, and exact arithmetic in both."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from core.clock import now
from core.database.fields import RATE_UNITS_PER_UNIT, UNITS_PER_ONE, quotient
from core.database.idle_timeouts import limit_silence
from customers.imports.staging.cells import LARGEST_UNITS

# Any number; every import takes this lock of PostgreSQL first and so waits for the one before.
IMPORT_LOCK = 7_246_317
LONGEST_WAIT_MILLISECONDS = 6 * 3_600_000
# Between two statements of an import the program may read and sort for a while.
LONGEST_SILENCE_SECONDS = 600.0


class Sql:
    """Runs statements on one connection."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.on_postgresql = connection.vendor == "postgresql"
        # Tables that no other connection can write meanwhile (`deferred_indexes`, `dry_run`).
        self.alone_in: frozenset[str] = frozenset()
        # Tables whose new rows are counted and not written (`customers.imports.storing.dry_run`).
        self.counted_only: frozenset[str] = frozenset()
        # Whether the planner may look up single rows, and so needs indexes for it.
        self._looks_up = True

    def moment(self, at: datetime) -> str:
        """Return `at` (aware), typed, to be stored in a column of times."""
        stored = f"'{self.connection.ops.adapt_datetimefield_value(at)}'"
        return f"CAST({stored} AS timestamptz)" if self.on_postgresql else stored

    @property
    def present(self) -> str:
        """The present as an SQL literal; a statement that is dated later does not count yet."""
        return f"'{self.connection.ops.adapt_datetimefield_value(now())}'"

    @property
    def present_time(self) -> str:
        """Now, typed, to be stored in a column of times."""
        return self.moment(now())

    def run(self, statement: str) -> int:
        """Run `statement`; return how many rows it wrote."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement)
            return max(int(cursor.rowcount), 0)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Return all rows of a small result."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    def number(self, statement: str) -> int:
        """Return the one number that `statement` selects."""
        return int(self.rows(statement)[0][0])

    def has_rows(self, table: str) -> bool:
        """Return whether `table` has any row."""
        return bool(self.rows(f"SELECT 1 FROM {table} LIMIT 1"))

    def finds(self, select: str) -> bool:
        """Return whether `select` has any row, where as a rule it has none.

        All of them are asked for: for the first row alone PostgreSQL would compare each row of one
        temporary table with each of another.
        """
        return self.number(f"SELECT COUNT(*) FROM ({select}) AS found") > 0

    def make(self, table: str, select: str, *, key: str) -> None:
        """Make the temporary table `table` of what `select` finds, to be joined by `key`."""
        self.run(f"DROP TABLE IF EXISTS {table}")
        self.run(f"CREATE TEMPORARY TABLE {table} AS {select}")
        if self.on_postgresql:
            self.run(f"ANALYZE {table} ({key})")
        if self._looks_up:
            self.run(f"CREATE INDEX {table}_key ON {table} ({key})")

    def apart(self, select: str) -> str:
        """Return `select` as a table that is worked out by itself, of no more than its columns."""
        return f"({select} OFFSET 0)" if self.on_postgresql else f"({select})"

    @contextmanager
    def waiting_long(self) -> Iterator[None]:
        """Wait for as long as another import takes: SQLite has one writer at a time."""
        if self.on_postgresql:
            yield
            return
        usual = self.number("PRAGMA busy_timeout")
        self.rows(f"PRAGMA busy_timeout = {LONGEST_WAIT_MILLISECONDS}")
        try:
            yield
        finally:
            self.rows(f"PRAGMA busy_timeout = {usual}")

    def prepare(self) -> None:
        """Make this transaction ready for an import; wait while another one is under way."""
        if self.on_postgresql:
            self.rows(f"SELECT pg_advisory_xact_lock({IMPORT_LOCK})")
            self.run("SET LOCAL work_mem = '64MB'")
            limit_silence(LONGEST_SILENCE_SECONDS, self.connection.alias)
        else:
            self.connection.connection.create_function(
                "import_line_total", 3, line_total, deterministic=True
            )

    def analyze(self, tables: Sequence[str]) -> None:
        """Let the planner know the new sizes of `tables`."""
        if tables and self.on_postgresql:
            self.run(f"ANALYZE {', '.join(tables)}")

    def expect_many_rows(self) -> None:
        """Let the planner hash or merge from now on, however few rows it believes there are.

        It takes empty tables for small ones; a nested loop over tables that this import has just
        filled then goes on for hours.
        """
        if self.on_postgresql:
            self._looks_up = False
            self.run("SET LOCAL enable_nestloop = off")

    def expect_few_rows(self) -> None:
        """Let the planner look up single rows again: how few there are has been counted."""
        if self.on_postgresql:
            self._looks_up = True
            self.run("SET LOCAL enable_nestloop = on")

    def distinct(self, left: str, right: str) -> str:
        """Return the test that two values differ, null being a value."""
        return f"{left} {'IS DISTINCT FROM' if self.on_postgresql else 'IS NOT'} {right}"

    def line_total(self, quantity: str, price: str, rate: str) -> str:
        """Return quantity x price / rate in units, rounded once; beyond the limit: just beyond.

        `rate` is in units of 1/10^10.
        """
        if not self.on_postgresql:
            return f"import_line_total({quantity}, {price}, {rate})"
        product = f"{quantity}::numeric * {price} * {RATE_UNITS_PER_UNIT}"
        size = f"div(abs({product}) * 2 + {rate}, {rate}::numeric * 2)"
        return f"(sign({product}) * LEAST({size}, {LARGEST_UNITS + 1}))::bigint"

    def base_amount(self, amount: str, rate: str) -> str:
        """Return `amount` / `rate` in units, rounded half away from zero, `rate` in 1/10^10.

        Beyond the limit: beyond it. Rates of at most 4 decimals, nearly all, stay in whole numbers
        of 64 bits: an amount has at most 10^13 units.
        """
        short = f"({rate} / {RATE_UNITS_PER_UNIT})"
        exact = self.line_total(str(UNITS_PER_ONE), amount, rate)
        return (
            f"(CASE WHEN {rate} % {RATE_UNITS_PER_UNIT} <> 0 THEN {exact}"
            f" WHEN {amount} < 0 THEN -((-{amount} * 20000 + {short}) / (2 * {short}))"
            f" ELSE ({amount} * 20000 + {short}) / (2 * {short}) END)"
        )

    def bounded_sum(self, amount: str) -> str:
        """Return the sum of a column in units; beyond the limit of an amount: just beyond."""
        beyond = LARGEST_UNITS + 1
        if self.on_postgresql:
            return f"LEAST(GREATEST(COALESCE(SUM({amount}), 0), -{beyond}), {beyond})::bigint"
        # SQLite ends a statement whose sum leaves 64 bits: so ones and fractions by themselves.
        ones, rest = f"SUM({amount} / {UNITS_PER_ONE})", f"SUM({amount} % {UNITS_PER_ONE})"
        exact = f"COALESCE({ones} * {UNITS_PER_ONE} + {rest}, 0)"
        return f"CAST(MIN(MAX({exact}, -{beyond}), {beyond}) AS bigint)"


def line_total(quantity: int | None, price: int | None, rate: int) -> int | None:
    """Do for SQLite, whose whole numbers have 64 bits, what `Sql.line_total` does."""
    if quantity is None or price is None:
        return None
    most = LARGEST_UNITS + 1
    return max(-most, min(quotient(quantity * price * RATE_UNITS_PER_UNIT, rate), most))
