"""Spark: the engine of a cluster, reached through PySpark; without one, of this machine."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import islice

from django.conf import settings
from py4j.protocol import Py4JJavaError
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import (
    BooleanType,
    DataType,
    DateType,
    IntegerType,
    LongType,
    ShortType,
    StringType,
    StructType,
    TimestampType,
)
from sqlglot import exp

from conditions.engines.driver import has_ended, new_session, waited_for
from conditions.engines.engine import Engine, EngineFailed, never_over
from conditions.engines.expansions import CALENDAR, days_ahead, expand_salted, first_digits
from conditions.engines.translation import (
    COMMON,
    DAY_IN,
    PREFIX,
    Dialect,
    EngineCannot,
    Translated,
    call_day_in,
    day_in,
    whole_quotient,
)
from conditions.sql.buckets import FUNCTION as BUCKET
from conditions.sql.expressions import offsets_of
from core.text.hashes import BUCKETS
from customers.snapshots.manifest import Manifest, Table
from customers.snapshots.parquet.column_types import DAY, INSTANT
from customers.snapshots.places.stores import open_store

# Statements that Spark refuses are expected, so Spark's log of our queries is only noise.
logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
logging.getLogger("py4j").setLevel(logging.ERROR)

# Has room for each whole number of ours, and for each product of two that conditions compare.
WHOLE = exp.DataType.build("decimal(38, 0)")


def _difference(difference: exp.Expr) -> exp.Expr:
    right = difference.expression
    if isinstance(right, exp.Cast) and right.is_type("date"):
        # A difference of days is an interval, to which no number can be added.
        return _call("datediff", difference.this, right)
    return difference


def _median(call: exp.Expr) -> exp.Expr:
    _refuse_filter(call)
    (value,) = call.expressions
    counted = exp.Sub(this=exp.Count(this=value.copy()), expression=exp.Literal.number(1))
    middle = exp.IntDiv(this=exp.Paren(this=counted), expression=exp.Literal.number(2))
    in_order = _call("sort_array", _call("collect_list", value))
    return _call("get", in_order, exp.cast(middle, "int"))


def _latest(call: exp.Expr) -> exp.Expr:
    value, time, key = call.expressions
    return _call("max_by", value, _call("struct", time, key))


def _refuse_filter(call: exp.Expr) -> None:
    if isinstance(call.parent, exp.Filter):
        raise EngineCannot(f"spark: FILTER of {call.name}")


def _compare(call: exp.Expr) -> exp.Expr:
    left, a, right, b = (exp.cast(one, WHOLE) for one in call.expressions)
    difference = exp.Sub(
        this=exp.Mul(this=left, expression=a), expression=exp.Mul(this=right, expression=b)
    )
    return _call("sign", difference)


def _days_ahead(call: exp.Expr) -> exp.Expr:
    day, today = call.expressions
    month, of_month = (
        exp.Extract(this=exp.Var(this=part), expression=day.copy()) for part in ("MONTH", "DAY")
    )
    that_day = _call("make_date", exp.Literal.number(2000), month, of_month)
    before = exp.cast(exp.Literal.string("1999-12-31"), "date")
    return days_ahead(_call("datediff", that_day, before), date.fromisoformat(today.name))


def _call(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _bucket(call: exp.Expr) -> exp.Expr:
    digits = _call("sha2", expand_salted(call), exp.Literal.number(256))
    base = [exp.Literal.number(16), exp.Literal.number(10)]
    number = exp.cast(_call("conv", first_digits(digits), *base), "bigint")
    return exp.Paren(this=exp.Mod(this=number, expression=exp.Literal.number(BUCKETS)))


DIALECT = Dialect(
    name="spark",
    kinds=COMMON,
    rules={
        exp.Div: whole_quotient,
        exp.Sub: _difference,
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

# Rows that are read from Spark at a time.
BATCH = 100_000
# The meaning of statements must not depend on the cluster's settings.
OPTIONS = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.session.timeZone": "UTC",
}
# Defaults that `settings.SPARK_OPTIONS` can override: a driver with a user interface shows its
# queries to everybody who reaches it, and progress bars fill the log.
QUIET = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false"}
TYPE_OF_ARROW: dict[str, DataType] = {
    "int16": ShortType(),
    "int32": IntegerType(),
    "int64": LongType(),
    "bool": BooleanType(),
    "string": StringType(),
    DAY: DateType(),
    INSTANT: TimestampType(),
}


class SparkEngineSession:
    """A session of Spark, with a view for each table of the snapshot."""

    def __init__(self, spark: SparkSession) -> None:
        self._spark = spark
        self._zones: set[str] = set()

    def ids(self, statement: Translated) -> Iterator[Sequence[int]]:
        """See `Session`; raises EngineCannot for a statement that Spark refuses."""
        with _failures():
            rows = self._asked(statement).toLocalIterator(prefetchPartitions=True)
            while some := [row[0] for row in islice(rows, BATCH)]:
                yield some

    def rows(self, statement: Translated) -> list[tuple[int, ...]]:
        """See `Session`; raises EngineCannot for a statement that Spark refuses."""
        with _failures():
            return [tuple(row) for row in self._asked(statement).collect()]

    def _asked(self, statement: Translated) -> DataFrame:
        for zone in statement.zones - self._zones:
            self._spark.sql(_function(zone))
            self._zones.add(zone)
        return self._spark.sql(statement.sql)

    def interrupt(self) -> None:
        """See `Session`."""
        self._spark.interruptAll()


def _function(zone: str) -> str:
    """Return the statement that creates the function that `day_in` names.

    The function looks offsets up in a list. Nested comparisons would find an offset in fewer steps,
    but Spark would plan each comparison at each use.
    """
    starts, offsets = offsets_of(zone)
    changes = ", ".join(f"TIMESTAMP'{start:%Y-%m-%d %H:%M:%S}+00:00'" for start in starts)
    passed = f"size(filter(array({changes}), start -> start <= one))" if starts else "0"
    ahead = f"get(array({', '.join(map(str, offsets))}), {passed})"
    day = f"CAST(one + make_dt_interval(0, 0, 0, {ahead}) AS DATE)"
    first, last = (f"DATE'{end}'" for end in CALENDAR)
    return (
        f"CREATE OR REPLACE TEMPORARY FUNCTION {day_in(zone)} (one TIMESTAMP) RETURNS DATE"
        f" RETURN if(one IS NULL, NULL, greatest(least({day}, {last}), {first}))"
    )


@contextmanager
def _failures() -> Iterator[None]:
    """Turn Spark's errors in the block into those of `Session`: EngineCannot and EngineFailed."""
    try:
        yield
    except AnalysisException as error:
        raise EngineCannot(f"spark: {error.getCondition()}") from error
    except Exception as error:
        if not _is_of_spark(error):
            raise
        raise _failure(error) from error


def _is_of_spark(error: Exception) -> bool:
    """Return whether an error comes from Spark, from the JVM, or from the connection to it."""
    if isinstance(error, PySparkException | OSError):
        return True
    return type(error).__module__.startswith("py4j.")


def _failure(error: Exception) -> EngineFailed:
    """Return the EngineFailed for an error; Java's stack trace is in the log."""
    if has_ended():
        return EngineFailed(f"Spark at {settings.SPARK_MASTER} cannot be reached, or has ended")
    lines = str(error).splitlines() or [type(error).__name__]
    if isinstance(error, PySparkException) and error.getCondition() == "JAVA_GATEWAY_EXITED":
        return EngineFailed(
            "Java did not start (SPARK_OPTIONS, JAVA_HOME): the standard error says why"
        )
    if isinstance(error, Py4JJavaError):
        lines = [line.removeprefix(": ") for line in lines[1:]] or lines
    return EngineFailed(lines[0])


@contextmanager
def open_in_spark(
    location: str, manifest: Manifest, is_over: Callable[[], bool] = never_over
) -> Iterator[SparkEngineSession]:
    """Open the snapshot at `location`, which the cluster's machines reach by the same name.

    The process has one driver, at `settings.SPARK_MASTER`; it stays for the next snapshot.
    """
    yield SparkEngineSession(waited_for(lambda: _start_session(location, manifest), is_over))


def _start_session(location: str, manifest: Manifest) -> SparkSession:
    base = open_store(location).location
    try:
        spark = new_session(settings.SPARK_MASTER, {**QUIET, **settings.SPARK_OPTIONS, **OPTIONS})
        for name, value in OPTIONS.items():
            spark.conf.set(name, value)
        for name, table in manifest.tables.items():
            _show(name, table, base, spark)
    except Exception as error:
        if not _is_of_spark(error):
            raise
        raise _failure(error) from error
    return spark


def _show(name: str, table: Table, base: str, spark: SparkSession) -> None:
    """Make the table's files a view."""
    schema = StructType()
    for column, kind in table.columns.items():
        schema = schema.add(column, TYPE_OF_ARROW[kind])
    if table.files:
        paths = [f"{base}/{file.path}" for file in table.files]
        rows = spark.read.schema(schema).parquet(*paths)
    else:
        rows = spark.createDataFrame([], schema)
    rows.createOrReplaceTempView(PREFIX + name)


ENGINE = Engine(name="spark", dialect=DIALECT, opened=open_in_spark)
