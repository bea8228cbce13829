"""PostgreSQL's types of columns as Arrow's, and values that these do not have.

Whole numbers, texts, yes or no, dates, and instants in microseconds (UTC). Dates lie in the years 1
to 9999, which each engine can read; PostgreSQL's infinity and years before Christ are none.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from customers.snapshots.errors import SnapshotError

DAY, INSTANT = "date32[day]", "timestamp[us, tz=UTC]"
ARROW = {
    "smallint": "int16",
    "integer": "int32",
    "bigint": "int64",
    "boolean": "bool",
    "text": "string",
    "character varying": "string",
    "date": DAY,
    "timestamp with time zone": INSTANT,
}
WHOLE = frozenset({"int16", "int32", "int64"})
LENGTH = re.compile(r"\(\d+\)")
# Days are counted from 1 January 1970, as Arrow and Parquet do.
EPOCH = date(1970, 1, 1).toordinal()
FIRST_DAY, LAST_DAY = (day.toordinal() - EPOCH for day in (date.min, date.max))
MICROSECONDS_OF_DAY = 86_400 * 1_000_000


def arrow_type(table: str, column: str, of_database: str) -> str:
    """Return the name of the Arrow type of a column; `of_database` is what PostgreSQL calls its.

    Raises SnapshotError for a type that no condition's column has.
    """
    found = ARROW.get(LENGTH.sub("", of_database))
    if found is None:
        text = _("%(table)s.%(column)s is of the type %(type)s, which no shop snapshot has.")
        raise SnapshotError(text % {"table": table, "column": column, "type": of_database})
    return found


def schema_of(columns: Mapping[str, str]) -> Any:
    """Return the Arrow schema of columns with these names of types."""
    import pyarrow

    types = {
        "int16": pyarrow.int16(),
        "int32": pyarrow.int32(),
        "int64": pyarrow.int64(),
        "bool": pyarrow.bool_(),
        "string": pyarrow.string(),
        DAY: pyarrow.date32(),
        INSTANT: pyarrow.timestamp("us", tz="UTC"),
    }
    return pyarrow.schema([(name, types[one]) for name, one in columns.items()])


def check_dates(table: str, rows: Any) -> None:
    """Raise SnapshotError where a date or an instant in `rows` (of Arrow) lies in no year 1..9999.

    It names the column, and the row by its first column, which is the key.
    """
    import pyarrow
    from pyarrow import compute

    for name, column in zip(rows.schema.names, rows.columns, strict=True):
        if str(column.type) == DAY:
            numbers, first, end = column.cast(pyarrow.int32()), FIRST_DAY, LAST_DAY + 1
        elif str(column.type) == INSTANT:
            numbers = column.cast(pyarrow.int64())
            first, end = (n * MICROSECONDS_OF_DAY for n in (FIRST_DAY, LAST_DAY + 1))
        else:
            continue
        ends = compute.min_max(numbers).as_py()
        if ends["min"] is not None and not first <= ends["min"] <= ends["max"] < end:
            outside = compute.or_(compute.less(numbers, first), compute.greater_equal(numbers, end))
            key = rows.column(0).filter(outside)[0].as_py()
            raise out_of_calendar(table, name, key)


def out_of_calendar(table: str, column: str, key: int | None = None) -> SnapshotError:
    """Return the error of a date that is not in the years 1 to 9999; `key`: in which row."""
    text = _("%(table)s.%(column)s has a date outside of the years 1 to 9999.")
    if key is not None:
        text = _("%(table)s.%(column)s of row %(key)s is outside of the years 1 to 9999.")
    return SnapshotError(text % {"table": table, "column": column, "key": key})


def day_of(number: int) -> date:
    """Return the day that lies so many days after 1 January 1970; ValueError where none does."""
    return date.fromordinal(number + EPOCH)


def number_of(day: date) -> int:
    """Return how many days `day` lies after 1 January 1970."""
    return day.toordinal() - EPOCH
