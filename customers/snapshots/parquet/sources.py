"""Facts about a table that are read before its rows: columns, and counts by day or by key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from psycopg import errors

from customers.snapshots.errors import SnapshotError
from customers.snapshots.parquet.column_types import (
    FIRST_DAY,
    LAST_DAY,
    arrow_type,
    day_of,
    out_of_calendar,
)
from customers.snapshots.tables import Exported

# Rows are counted in so many ranges of keys, to be put together to parts of like size.
RANGES = 4096


@dataclass(frozen=True)
class Range:
    """Rows of a table that are read together: of keys from `first` to before `end`; their number.

    Keys are customers' where the table has these, and else its own; both None: rows of nobody.
    """

    first: int | None
    end: int | None
    rows: int


@dataclass(frozen=True)
class Source:
    """A table as the database has it: names of Arrow types by column, and where its rows lie.

    `identity` changes where all rows may be others: after a restore, or where the table was
    rewritten. `days` has the number of rows and the signature of each day; for a table that is not
    cut by days, `ranges` has its rows by key.
    """

    exported: Exported
    columns: Mapping[str, str]
    identity: str
    days: Mapping[date, tuple[int, str]]
    ranges: Sequence[Range]

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return sum(one.rows for one in self.ranges) + sum(
            rows for rows, _sign in self.days.values()
        )


def source_of(exported: Exported, cursor: Any) -> Source:
    """Return the table as `cursor` sees it, whose time zone is UTC.

    Raises SnapshotError for a column that cannot be written.
    """
    columns, identity = _columns(exported, cursor)
    if exported.day:
        return Source(exported, columns, identity, _days(exported, cursor), ())
    return Source(exported, columns, identity, {}, _ranges(exported, cursor))


def rows_from(exported: Exported) -> str:
    """Return the FROM clause that has the table as `t`, and its day's timestamp if it has one."""
    clause, alias = f'FROM "{exported.name}" t', "t"
    for number, field in enumerate(exported.to_day[:-1]):
        target = field.target_field
        table, name = target.model._meta.db_table, f"d{number}"
        clause += f' JOIN "{table}" {name} ON {name}."{target.column}" = {alias}."{field.column}"'
        alias = name
    return clause


def instant_of(exported: Exported) -> str:
    """Return the timestamp by whose day the table is cut, as `rows_from` has it."""
    hops = len(exported.to_day) - 1
    return f'{f"d{hops - 1}" if hops else "t"}."{exported.to_day[-1].column}"'


def ordered_by(exported: Exported) -> str:
    """Return the column by whose ranges the table is read, and by which its rows are in order."""
    return exported.customer or exported.key


def _columns(exported: Exported, cursor: Any) -> tuple[dict[str, str], str]:
    cursor.execute(
        "SELECT attname, format_type(atttypid, atttypmod), c.oid, pg_relation_filenode(c.oid)"
        " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.oid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped",
        [f'"{exported.name}"'],
    )
    found = {name: (of_database, f"{oid}/{node}") for name, of_database, oid, node in cursor}
    missing = [name for name in exported.columns if name not in found]
    if missing:
        text = _("The database has no column %(table)s.%(column)s: run manage.py migrate.")
        raise SnapshotError(text % {"table": exported.name, "column": missing[0]})
    types = {name: arrow_type(exported.name, name, found[name][0]) for name in exported.columns}
    return types, found[exported.key][1]


def _days(exported: Exported, cursor: Any) -> dict[date, tuple[int, str]]:
    """Return the rows of each day, and a signature that no change of them leaves as it was.

    Each version of a row has another pair of key and `xmin`, the transaction that wrote it.
    """
    instant = instant_of(exported)
    try:
        cursor.execute(
            f"SELECT {instant}::date - DATE '1970-01-01', count(*),"
            f' sum(hashint8extended(t."{exported.key}", t.xmin::text::bigint))'
            f" {rows_from(exported)} GROUP BY 1 ORDER BY 1"
        )
        found = cursor.fetchall()
    except errors.DatetimeFieldOverflow as error:
        raise _bad_day(exported) from error
    if found and not FIRST_DAY <= found[0][0] <= found[-1][0] <= LAST_DAY:
        raise _bad_day(exported)
    return {day_of(number): (rows, str(signature)) for number, rows, signature in found}


def _bad_day(exported: Exported) -> SnapshotError:
    field = exported.to_day[-1]
    return out_of_calendar(field.model._meta.db_table, field.column)


def _ranges(exported: Exported, cursor: Any) -> list[Range]:
    column, table = f'"{ordered_by(exported)}"', f'"{exported.name}"'
    cursor.execute(f"SELECT min({column}), max({column}) FROM {table}")
    first, last = cursor.fetchone()
    width = 1 if first is None else (last - first) // RANGES + 1
    cursor.execute(
        f"SELECT ({column} - %s) / %s, count(*) FROM {table} GROUP BY 1 ORDER BY 1 NULLS LAST",
        [first or 0, width],
    )
    return [
        Range(None, None, rows)
        if number is None
        else Range(first + number * width, first + (number + 1) * width, rows)
        for number, rows in cursor
    ]
