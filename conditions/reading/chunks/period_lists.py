"""Periods in one list: "in January, February or March 2025"."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from conditions.reading.chunks.chunk import JOINS, Chunk, Period, When

# Kinds of chunks between a period and a month without a preposition: "in May but not June".
BETWEEN = JOINS | {"but", "not", "fill"}

# One letter for each kind of chunk in a list of months.
LETTERS = {**dict.fromkeys(JOINS, "j"), "fill": "f", "bare_month": "m", "period": "p"}


def with_bare_months(chunks: Sequence[Chunk]) -> list[Chunk]:
    """Return `chunks` with each bare month as a period in a list of periods, else unknown.

    "May" is a month in "in April or May" and in "May or June 2025".
    """
    found: list[Chunk] = []
    for place, one in enumerate(chunks):
        if one.kind == "bare_month":
            is_listed = _follows_period(found) or _precedes_year(chunks[place + 1 :])
            kind = "period" if is_listed else "unknown"
            one = replace(one, kind=kind, what=one.what if is_listed else None)
        found.append(one)
    return found


def _precedes_year(after: Sequence[Chunk]) -> bool:
    """Return whether other months, the last of them with a year, and joining words come next."""
    kinds = "".join(LETTERS.get(one.kind, ".") for one in after)
    match = re.match("(?:j+f*m)*j+f*p", kinds)
    period = after[match.end() - 1].what if match is not None else None
    return isinstance(period, Period) and _says_days(period) and not period.latest


def _follows_period(before: Sequence[Chunk]) -> bool:
    """Return whether a period of named days, and a joining word, stand right before."""
    has_join = False
    for one in reversed(before):
        if one.kind == "period":
            return has_join and _says_days(one.what)
        if one.kind not in BETWEEN:
            return False
        has_join |= one.kind != "fill"
    return False


def _says_days(period: Period) -> bool:
    """Return whether `period` has named days, and is not all time since or until a day."""
    return all(
        all(map(_says_days, value)) if operator == "any" else operator in {"between", "is"}
        for operator, value in period.choices
    )


def with_shared_years(chunks: Sequence[Chunk]) -> list[Chunk]:
    """Return `chunks` with the year of one period in a list given to the periods before it."""
    found = list(chunks)
    for run in _runs(chunks):
        periods: list[Period] = [chunks[place].what for place in run]
        years = [None if one.latest else max(_years_of(one)) for one in periods]
        for number, (place, one) in enumerate(zip(run, periods, strict=True)):
            # "May or June 2024", else "May 2024 or June".
            near = [year for year in (*years[number:], *years[:number][::-1]) if year is not None]
            if one.latest and near:
                found[place] = replace(chunks[place], what=_in_year(one, near[0]))
    return found


def _runs(chunks: Sequence[Chunk]) -> Iterator[list[int]]:
    """Yield the indexes of the periods of each list."""
    run: list[int] = []
    for place, one in enumerate(chunks):
        if one.kind == "period" and isinstance(one.what, Period) and _says_days(one.what):
            run.append(place)
        elif one.kind not in JOINS:
            yield run
            run = []
    yield run


def _years_of(period: Period) -> Iterator[int]:
    for operator, value in period.choices:
        if operator == "any":
            for one in value:
                yield from _years_of(one)
        else:
            for day in [value] if isinstance(value, str) else value:
                yield date.fromisoformat(day).year


def _in_year(period: Period, year: int) -> Period:
    """Return the same day or month in another year."""
    choices: list[When] = []
    for operator, value in period.choices:
        if operator == "between":
            first, last = map(date.fromisoformat, value)
            end = calendar.monthrange(year, last.month)[1]
            choices.append((operator, [str(first.replace(year=year)), f"{year}-{last:%m}-{end}"]))
        else:
            day = date.fromisoformat(value)
            end = calendar.monthrange(year, day.month)[1]
            choices.append((operator, str(day.replace(year=year, day=min(day.day, end)))))
    return Period(tuple(choices))


def alternatives(one: Chunk, rest: Sequence[Chunk]) -> tuple[Chunk, int] | None:
    """Return the period `one` and those listed after it as one chunk, and how many it takes.

    None where no "or" joins the last of them: "in May and June" are two periods.
    """
    each, taken, joins = [one.what], 0, [""]
    place = 0
    while place < len(rest):
        size = 0
        while place + size < len(rest) and rest[place + size].kind in {"or", "comma"}:
            size += 1
        last = rest[place + size : place + size + 1]
        if not size or not last or last[0].kind != "period":
            break
        joins.append(rest[place + size - 1].kind)
        each.append(last[0].what)
        place += size + 1
        if joins[-1] == "or":
            taken = place
    if not taken:
        return None
    count = len(joins) - joins[::-1].index("or")
    end = rest[taken - 1].end
    return replace(one, end=end, what=Period((("any", each[:count]),))), taken
