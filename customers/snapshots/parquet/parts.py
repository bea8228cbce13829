"""Tables cut into parts: each is read by one statement, and becomes one file or several."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import TypeVar

from customers.snapshots.manifest import File, Table
from customers.snapshots.parquet.column_types import number_of
from customers.snapshots.parquet.sources import Range, Source, instant_of, ordered_by, rows_from

# A day with at least this number of rows has a file of its own; smaller days share a file.
ROWS_OF_A_DAY = 250_000
# A file of days with fewer rows is rewritten together with the following days, if these are.
FEW_ROWS = 50_000
# Rows of a part, as far as its keys can be divided: enough for files that are worth opening, and
# few enough that in the end no stream works alone on a large part.
LEAST_ROWS, MOST_ROWS = 50_000, 1_000_000
PARTS_OF_A_STREAM = 8
# Where no index leads to the days, each part of such a table reads all of it.
PARTS_BY_DAYS = 2
SECONDS_OF_DAY = 86_400

One = TypeVar("One")


@dataclass(frozen=True)
class Wanted:
    """A file that is to be written: its number of rows, and its first and last day."""

    rows: int
    days: tuple[date, date] | None


@dataclass(frozen=True)
class Part:
    """Rows that are read by `statement`, in the order of the files that they are for.

    If there are several files, a last column has the number of the row's file, as in `files`.
    """

    source: Source
    statement: str
    files: Mapping[int, Wanted]

    @property
    def is_numbered(self) -> bool:
        """Whether rows have the number of their file."""
        return len(self.files) > 1

    @property
    def rows(self) -> int:
        """The number of rows."""
        return sum(file.rows for file in self.files.values())


def cut_parts(source: Source, reused: Iterable[File], streams: int) -> Iterator[Part]:
    """Yield the parts of a table, for so many streams, but for the days of the files `reused`."""
    if source.exported.day:
        runs = _runs(source.days, [days_of(file) for file in reused])
        wanted = [
            Wanted(sum(source.days[day][0] for day in days), (days[0], days[-1]))
            for run in runs
            for days in _together(run, lambda day: source.days[day][0], ROWS_OF_A_DAY)
        ]
        rows = sum(one.rows for one in wanted)
        most = max(rows // (streams * PARTS_BY_DAYS), LEAST_ROWS)
        for files in _together(wanted, lambda one: one.rows, most):
            yield _of_days(source, files)
    else:
        most = min(max(source.rows // (streams * PARTS_OF_A_STREAM), LEAST_ROWS), MOST_ROWS)
        for ranges in _together(source.ranges, lambda one: one.rows, most):
            yield _of_keys(source, ranges)


def _of_keys(source: Source, ranges: Sequence[Range]) -> Part:
    key, first, end = _quote_column(ordered_by(source.exported)), ranges[0].first, ranges[-1].end
    nobody = first is None or end is None
    where = f"{key} IS NULL" if nobody else f"{key} >= {first} AND {key} < {end}"
    statement = (
        f"SELECT {', '.join(map(_quote_column, source.columns))} {rows_from(source.exported)}"
        f" WHERE {where} ORDER BY {_order(source)}"
    )
    return Part(source, statement, {1: Wanted(sum(one.rows for one in ranges), None)})


def _of_days(source: Source, files: Sequence[Wanted]) -> Part:
    """Return the part with these files; the database finds the file of each row by its day.

    `width_bucket` numbers the intervals between the beginnings and ends of all files.
    """
    days = [one.days for one in files if one.days]
    ends = [(number_of(first), number_of(last) + 1) for first, last in days]
    borders = sorted({day for pair in ends for day in pair})
    times = ", ".join(f"to_timestamp({day * SECONDS_OF_DAY})" for day in borders)
    instant = instant_of(source.exported)
    number = f"width_bucket({instant}, ARRAY[{times}])"
    numbers = {day: number for number, day in enumerate(borders, start=1)}
    numbered = {numbers[first]: one for (first, _end), one in zip(ends, files, strict=True)}
    columns, order = ", ".join(map(_quote_column, source.columns)), _order(source)
    where = (
        f"{instant} >= to_timestamp({borders[0] * SECONDS_OF_DAY})"
        f" AND {instant} < to_timestamp({borders[-1] * SECONDS_OF_DAY})"
    )
    if len(files) > 1:
        columns, order = f"{columns}, {number}::bigint", f"{number}, {order}"
        where += f" AND {number} IN ({', '.join(map(str, numbered))})"
    else:
        numbered = {1: files[0]}
    statement = f"SELECT {columns} {rows_from(source.exported)} WHERE {where} ORDER BY {order}"
    return Part(source, statement, numbered)


def _quote_column(column: str) -> str:
    return f't."{column}"'


def _order(source: Source) -> str:
    """Return what rows of a file are in the order of: customers where there are some, and keys."""
    exported = source.exported
    return ", ".join(map(_quote_column, dict.fromkeys([ordered_by(exported), exported.key])))


def reusable_files(source: Source, before: Table) -> list[File]:
    """Return the files of `before` whose days have neither changed, nor got or lost a neighbour.

    None where the table was of another shape, or is another one. Small ones are written again with
    changed days that follow.
    """
    if [*before.columns.items()] != [*source.columns.items()]:
        return []
    if before.identity != source.identity:
        return []
    changed = sorted(
        day for day in {*source.days, *before.days} if source.days.get(day) != before.days.get(day)
    )
    # Not those that an erasure has written: what is in them is for the database to say.
    whole = [file for file in before.files if file.path == file.origin]
    kept = sorted((file for file in whole if not _any_within(changed, days_of(file))), key=days_of)
    # Otherwise each export would leave one more small file behind.
    following = [*(days_of(file)[0] for file in kept[1:]), date.max]
    return [
        file
        for file, then in zip(kept, following, strict=False)
        if file.rows >= FEW_ROWS or not _any_within(changed, (days_of(file)[1], then))
    ]


def days_of(file: File) -> tuple[date, date]:
    """Return the first and the last day of a file of a table that is cut by days."""
    assert file.first_day is not None
    assert file.last_day is not None
    return file.first_day, file.last_day


def _any_within(days: Iterable[date], ends: tuple[date, date]) -> bool:
    return any(ends[0] <= day <= ends[1] for day in days)


def _runs(days: Mapping[date, object], kept: list[tuple[date, date]]) -> Iterator[list[date]]:
    """Yield the days between those that are kept: a file has none of both sides of one."""
    kept = sorted(kept)

    def kept_before(day: date) -> int:
        return sum(last < day for _first, last in kept)

    wanted = [day for day in days if not any(first <= day <= last for first, last in kept)]
    for _number, run in groupby(wanted, kept_before):
        yield list(run)


def _together(ones: Iterable[One], rows: Callable[[One], int], most: int) -> Iterator[list[One]]:
    """Yield neighbours with at most `most` rows together; what has as many is alone."""
    taken: list[One] = []
    count = 0
    for one in ones:
        alone = isinstance(one, Range) and one.first is None
        if taken and (alone or count + rows(one) > most):
            yield taken
            taken, count = [], 0
        taken.append(one)
        count += rows(one)
    if taken:
        yield taken
