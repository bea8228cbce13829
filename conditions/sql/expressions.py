"""SQL expressions with one meaning on both databases: exact comparisons, quotients, local days."""

import sqlite3
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import (
    Aggregate,
    BigIntegerField,
    BooleanField,
    DateField,
    DateTimeField,
    Func,
    IntegerField,
)

from conditions.language.windows import (
    change_of_offset,
    days_of_a_leap_year,
    days_until_anniversary,
    local_date,
    offset_at,
)
from conditions.sql.buckets import add_sqlite_function
from conditions.sql.portable import is_portable


class WholeSum(Aggregate):
    """SUM of whole numbers as a whole number; an error where it overflows 64 bits."""

    function = "SUM"
    name = "WholeSum"
    output_field = BigIntegerField()

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        # PostgreSQL's SUM of a bigint is an unbounded numeric; SQLite's raises an error by itself.
        sql, params = self.as_sql(compiler, connection, **extra)
        return f"({sql})::bigint", params


class StorableSum(WholeSum):
    """SUM of whole numbers: 0 without values, and NULL where it overflows 64 bits."""

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        sql, params = Aggregate.as_sql(self, compiler, connection, **extra)
        bounds = f"BETWEEN -{2**63 - 1} AND {2**63 - 1}"
        whole = f"COALESCE({sql}, 0)"
        return f"(CASE WHEN {whole} {bounds} THEN {whole}::bigint END)", (*params, *params)

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        # An overflowing SUM ends the whole statement: sum the upper and lower bits separately.
        halves = []
        for bits in (">> 32", "& 4294967295"):
            half = self.copy()
            half.template = f"SUM((%(expressions)s) {bits})"
            halves.append(half.as_sql(compiler, connection, **extra))
        high, low = halves
        carried = f"(COALESCE({high[0]}, 0) + (COALESCE({low[0]}, 0) >> 32))"
        params = (*high[1], *low[1])
        return (
            f"(CASE WHEN {carried} BETWEEN -{2**31} AND {2**31 - 1}"
            f" THEN ({carried} << 32) + (COALESCE({low[0]}, 0) & 4294967295) END)"
        ), (*params, *params, *low[1])


class LowerMedian(Aggregate):
    """The middle value in order; the lower of the two middle ones for an even number of values."""

    function = "tranche_median"
    name = "LowerMedian"

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        if is_portable():
            return self.as_sql(compiler, connection, **extra)
        template = "percentile_disc(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
        return self.as_sql(compiler, connection, template=template)


class InOrder(Func):
    """A sort key of a row's time and key; a missing time comes first."""

    template = "%(expressions)s"
    arity = 2

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        if is_portable():
            return self.as_sql(compiler, connection, **extra)
        joiner = " DESC NULLS LAST, "
        return self.as_sql(compiler, connection, template="%(expressions)s DESC", arg_joiner=joiner)


class LatestValue(Aggregate):
    """The value of the row with the latest time; among equal times, with the largest key."""

    function = "tranche_latest"
    name = "LatestValue"

    def __init__(self, value: Any, time: Any, key: Any, **extra: Any) -> None:
        super().__init__(value, InOrder(time, key, output_field=IntegerField()), **extra)

    def _resolve_output_field(self) -> Any:
        return self.get_source_fields()[0]

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        if is_portable():
            return self.as_sql(compiler, connection, **extra)
        sql, params = self.as_sql(
            compiler, connection, function="ARRAY_AGG", arg_joiner=" ORDER BY "
        )
        return f"({sql})[1]", params


class RoundedQuotient(Func):
    """Whole number / whole number, rounded half away from zero.

    Missing where the divisor is 0, or 0 with `zero`; otherwise missing only where the dividend is.
    """

    output_field = BigIntegerField()

    def __init__(self, number: Any, divisor: Any, *, zero: bool = False) -> None:
        self.zero = zero
        super().__init__(number, divisor)

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> Any:  # type: ignore[override]
        (number, number_params), (divisor, divisor_params) = (
            compiler.compile(part) for part in self.get_source_expressions()
        )
        sql = (
            f"(CASE WHEN ({number}) < 0 THEN -1 ELSE 1 END"
            f" * (ABS({number}) / NULLIF({divisor}, 0)"
            f" + CASE WHEN 2 * (ABS({number}) %% NULLIF({divisor}, 0)) >= ({divisor})"
            " THEN 1 ELSE 0 END))"
        )
        n, d = tuple(number_params), tuple(divisor_params)
        return f"COALESCE({sql}, 0)" if self.zero else sql, (*n, *n, *d, *n, *d, *d)


# Twice a bound below this times the greatest 32-bit number fits into 64 bits.
QUOTIENT_BOUND = 2**30


class QuotientCompared(Func):
    """`RoundedQuotient` compared with a whole number (`<sign> bound`), without a costly division.

    quotient >= bound where 2 * number >= (2 * bound - 1) * divisor; a half is rounded away from
    zero, so that for a bound of 0 or less equality is not enough. The SQL halves the product
    instead of doubling the number, since nothing may overflow. The bound is below `QUOTIENT_BOUND`
    in size.
    """

    output_field = BooleanField()
    conditional = True

    def __init__(self, quotient: RoundedQuotient, *, sign: str, bound: int) -> None:
        self.zero, self.sign, self.bound = quotient.zero, _checked_sign(sign), bound
        super().__init__(*quotient.get_source_expressions())

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> Any:  # type: ignore[override]
        (number, number_params), (divisor, divisor_params) = (
            compiler.compile(part) for part in self.get_source_expressions()
        )
        # "At most 5" is computed as "not at least 6".
        least = self.bound if self.sign == ">=" else self.bound + 1
        product = f"{2 * least - 1} * CAST({divisor} AS bigint)"
        if least > 0:
            test = f"{'>=' if self.sign == '>=' else '<'} (({product} + 1) >> 1)"
        else:
            test = f"{'>' if self.sign == '>=' else '<='} (({product}) >> 1)"
        zero_fits = self.zero and (least <= 0) == (self.sign == ">=")
        without = f"{divisor} = 0 OR" if zero_fits else f"{divisor} > 0 AND"
        d = tuple(divisor_params)
        return f"({without} ({number}) {test})", (*d, *number_params, *d)


def _checked_sign(sign: str) -> str:
    """Return `sign`, which becomes part of the SQL; raises ValueError for an unknown sign."""
    if sign not in {"=", "<", "<=", ">", ">="}:
        raise ValueError(sign)
    return sign


class Compared(Func):
    """`left <sign> right`; unknown (NULL) where a side is missing."""

    output_field = BooleanField()
    arity = 2
    conditional = True

    def __init__(self, left: Any, right: Any, *, sign: str) -> None:
        joiner = f" {_checked_sign(sign)} "
        super().__init__(left, right, template="(%(expressions)s)", arg_joiner=joiner)


class ComparedTimes(Func):
    """`left * a <sign> right * b` for whole numbers; exact for products of any size."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, left: Any, right: Any, *, sign: str, a: int, b: int) -> None:
        self.sign, self.a, self.b = _checked_sign(sign), a, b
        super().__init__(left, right)

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> Any:  # type: ignore[override]
        (left, left_params), (right, right_params) = (
            compiler.compile(part) for part in self.get_source_expressions()
        )
        params = (*left_params, self.a, *right_params, self.b)
        if connection.vendor == "sqlite" or is_portable():
            # The product of SQLite's `*` becomes a float beyond 64 bits.
            return f"tranche_compare({left}, %s, {right}, %s) {self.sign} 0", params
        return f"({left})::numeric * %s {self.sign} ({right})::numeric * %s", params


class LocalDate(Func):
    """The local day of an instant in a zone."""

    output_field = DateField()

    def __init__(self, instant: Any, *, zone: str) -> None:
        self.zone = zone
        super().__init__(instant)

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        sql, params = compiler.compile(self.get_source_expressions()[0])
        return f"tranche_local_date({sql}, %s)", (*params, self.zone)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        if is_portable():
            return self.as_sqlite(compiler, connection, **extra)
        # The offsets come from Python: PostgreSQL's table of zones may be another version.
        sql, params = compiler.compile(self.get_source_expressions()[0])
        starts, offsets = _arrays_of(self.zone)
        day = (
            f"((({sql}) + (%s::int[])[width_bucket({sql}, %s::timestamptz[]) + 1]"
            " * interval '1 second') AT TIME ZONE 'UTC')::date"
        )
        # NULL stays NULL here, unlike in LEAST(...); instants beyond the ends have the last day.
        return (
            f"(CASE WHEN {sql} IS NOT NULL THEN"
            f" GREATEST(LEAST({day}, DATE '9999-12-31'), DATE '0001-01-01') END)",
            (*params, *params, offsets, *params, starts),
        )


@lru_cache(maxsize=256)
def _arrays_of(zone: str) -> tuple[str, str]:
    """Return the result of `offsets_of` as PostgreSQL array literals.

    The driver would format the arrays for each use in each statement, which takes longer than most
    statements run.
    """
    starts, offsets = offsets_of(zone)
    return (
        "{" + ",".join(start.isoformat() for start in starts) + "}",
        "{" + ",".join(map(str, offsets)) + "}",
    )


@lru_cache(maxsize=256)
def offsets_of(zone: str) -> tuple[tuple[datetime, ...], tuple[int, ...]]:
    """Return the instants from 1800 to 2200 at which the offset of `zone` changes, and the offsets.

    Offsets are in seconds, one more than there are instants. Where clocks go back over midnight,
    the change is moved to the second beginning of the new day, since days begin once (see
    `windows`).
    """
    info = ZoneInfo(zone)
    starts: list[datetime] = []
    instant = datetime(1800, 1, 1, tzinfo=UTC)
    offsets = [offset_at(instant, info)]
    step = timedelta(days=10)
    while instant.year < 2200:
        following = instant + step
        if offset_at(following, info) != offsets[-1]:
            change = change_of_offset(instant, following, info)
            after = offset_at(change, info)
            day_before = (change - timedelta(microseconds=1) + offsets[-1]).date()
            if (change + after).date() < day_before:
                change = datetime.combine(day_before, datetime.min.time(), tzinfo=UTC) - after
            starts.append(change)
            offsets.append(after)
        instant = following
    return tuple(starts), tuple(int(offset.total_seconds()) for offset in offsets)


class Moved(Func):
    """An instant moved by whole `hours` of 3,600 seconds each, to be compared with others.

    SQLite has no instant after the calendar's last one; the last one replaces later instants.
    """

    output_field = DateTimeField()

    def __init__(self, instant: Any, *, hours: int) -> None:
        self.hours = hours
        super().__init__(instant)

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        # Instants are texts. Whole seconds are moved exactly; the microseconds behind them, which
        # SQLite would round, are copied as they are written.
        sql, params = compiler.compile(self.get_source_expressions()[0])
        moved = f"datetime(substr({sql}, 1, 19), '{self.hours:+d} hours') || substr({sql}, 20)"
        return f"COALESCE({moved}, '9999-12-31 23:59:59.999999')", (*params, *params)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        sql, params = compiler.compile(self.get_source_expressions()[0])
        if is_portable():
            return f"tranche_moved({sql}, {self.hours:d})", params
        # PostgreSQL's interval of days would be calendar days of the session's zone.
        return f"({sql} + interval '{self.hours:d} hours')", params


class LatestOf(Func):
    """The latest of several instants, without missing ones; NULL where all are missing."""

    function = "GREATEST"
    output_field = DateTimeField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        # MAX(a, b) is NULL where one of them is; an empty text sorts before every instant.
        instants = [compiler.compile(instant) for instant in self.get_source_expressions()]
        sql = ", ".join(f"COALESCE({instant}, '')" for instant, _params in instants)
        return f"NULLIF(MAX({sql}), '')", tuple(one for _sql, its in instants for one in its)


class DayNumber(Func):
    """The number of a day: 1 January of year 1 is 1 (Python's ordinal)."""

    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        sql, params = compiler.compile(self.get_source_expressions()[0])
        return f"(CAST(julianday({sql}) - julianday('0001-01-01') AS INTEGER) + 1)", params

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        sql, params = compiler.compile(self.get_source_expressions()[0])
        # In whole units of a type, the days of the calendar exceed an int.
        return f"(({sql}) - DATE '0001-01-01' + 1)::bigint", params


class MonthDay(Func):
    """month * 100 + day of a date."""

    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        sql, params = compiler.compile(self.get_source_expressions()[0])
        return f"CAST(strftime('%%m%%d', {sql}) AS INTEGER)", params

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        sql, params = compiler.compile(self.get_source_expressions()[0])
        return f"(date_part('month', {sql}) * 100 + date_part('day', {sql}))::int", (
            *params,
            *params,
        )


class DaysAhead(Func):
    """The days from `today` to the next anniversary of a day."""

    output_field = IntegerField()

    def __init__(self, day: Any, *, today: date) -> None:
        self.today = today
        super().__init__(day)

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        sql, params = compiler.compile(self.get_source_expressions()[0])
        return f"tranche_days_ahead({sql}, %s)", (*params, self.today.isoformat())

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        if is_portable():
            return self.as_sqlite(compiler, connection, **extra)
        # A lookup table of all days of a leap year, by their number.
        sql, params = compiler.compile(self.get_source_expressions()[0])
        table = [days_until_anniversary(day, self.today) for day in days_of_a_leap_year()]
        return (
            f"(%s::int[])[make_date(2000, date_part('month', {sql})::int,"
            f" date_part('day', {sql})::int) - DATE '1999-12-31']",
            (table, *params, *params),
        )


def add_sqlite_functions(connection: Any) -> None:
    """Register the functions of the expressions above on a SQLite connection."""
    raw: sqlite3.Connection = connection.connection
    raw.create_function("tranche_compare", 4, _compare, deterministic=True)
    raw.create_function("tranche_local_date", 2, _local_date, deterministic=True)
    raw.create_function("tranche_days_ahead", 2, _days_ahead, deterministic=True)
    add_sqlite_function(raw)
    raw.create_aggregate("tranche_median", 1, _Median)
    raw.create_aggregate("tranche_latest", 3, _Latest)


class _Median:
    """The values of one group; numbers, or days and instants as texts, which sort like them."""

    def __init__(self) -> None:
        self._values: list[Any] = []

    def step(self, value: Any) -> None:
        if value is not None:
            self._values.append(value)

    def finalize(self) -> Any:
        return sorted(self._values)[(len(self._values) - 1) // 2] if self._values else None


class _Latest:
    """The latest row of one group; an empty text sorts before every instant."""

    def __init__(self) -> None:
        self._latest: tuple[tuple[str, int], Any] | None = None

    def step(self, *row: Any) -> None:
        value, time, key = row
        at = (time or "", key)
        if self._latest is None or self._latest[0] < at:
            self._latest = at, value

    def finalize(self) -> Any:
        return None if self._latest is None else self._latest[1]


def _compare(left: int | None, a: int, right: int | None, b: int) -> int | None:
    if left is None or right is None:
        return None
    return (left * a > right * b) - (left * a < right * b)


def _local_date(instant: str | None, zone: str) -> str | None:
    if instant is None:
        return None
    moment = datetime.fromisoformat(instant).replace(tzinfo=UTC)
    return local_date(moment, zone).isoformat()


def _days_ahead(day: str | None, today: str) -> int | None:
    if day is None:
        return None
    return days_until_anniversary(date.fromisoformat(day), date.fromisoformat(today))


class OneOfKeys(Func):
    """The condition that an internal key is one of `keys`: literals in the statement, any number.

    The keys come from the current database, so an engine must not look for them in a snapshot.
    """

    output_field = BooleanField()
    conditional = True

    def __init__(self, key: Any, *, keys: Iterable[int]) -> None:
        self.keys = sorted(keys)
        super().__init__(key)

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> Any:  # type: ignore[override]
        sql, params = compiler.compile(self.get_source_expressions()[0])
        if is_portable():
            return f"tranche_keys({sql})", params
        return f"{sql} IN ({', '.join(str(int(one)) for one in self.keys)})", params
