"""Days, months, quarters and years as people write them, and spans of days."""

import calendar
import re
from collections.abc import Iterator
from datetime import date

from conditions.reading.languages.grammar import Grammar

# The first and the last day.
Span = tuple[date, date]
NUMERIC = r"\d{4}-\d\d-\d\d|\d\d?[./]\d\d?[./]\d{4}"
# The number of months in a half and in a quarter of a year.
HALF, QUARTER = 6, 3


def day_pattern(grammar: Grammar) -> str:
    """Return the regular expression of a day, a month, a quarter or a half of a year."""
    spelled = [_without_group_names(one.format(**grammar.slots)) for one in grammar.dates]
    month, year = grammar.slots["month"], grammar.slots["year"]
    parts = [f"{pattern} {year}" for pattern, _size, _number in _parts_of_years(grammar)]
    return "(?:" + "|".join((NUMERIC, *spelled, f"{month} {year}", *parts)) + ")"


def _parts_of_years(grammar: Grammar) -> Iterator[tuple[str, int, int]]:
    """Yield (pattern, number of months, number of the part) of the halves and quarters of a year.

    "Q3", "first half of", "2. Quartal".
    """
    for size, letter, noun in ((HALF, "h", grammar.half), (QUARTER, "q", grammar.quarter)):
        for number, word in enumerate(grammar.ordinals[: 12 // size], 1):
            ordinal = rf"(?:{word}|{number}(?: (?:st|nd|rd|th|er|e))?)"
            yield rf"(?:{letter} ?{number}|(?:(?:the|le|l) )?{ordinal} (?:{noun}))", size, number


def yearless_pattern(grammar: Grammar) -> str:
    """Return the regular expression of a day, or a month, whose year stands elsewhere."""
    slots = {**grammar.slots, "year": ""}
    days = [
        # Leave out the year, and the comma before it.
        re.sub(r"(\(\?: ,\)\?)? \(\?:\)$", "", _without_group_names(one.format(**slots)))
        for one in grammar.dates
    ]
    return "(?:" + "|".join((*days, grammar.slots["month"])) + ")"


def spans_of(text: str, grammar: Grammar) -> list[Span]:
    """Return the spans of days that `text` may mean: one, or two for an ambiguous date."""
    return list(dict.fromkeys(_spans(text, grammar)))


def _spans(text: str, grammar: Grammar) -> Iterator[Span]:
    if re.fullmatch(grammar.slots["year"], text):
        yield date(int(text), 1, 1), date(int(text), 12, 31)
        return
    if re.fullmatch(NUMERIC, text):
        parts = [int(part) for part in re.split(r"[-./]", text)]
        if "-" in text:
            yield from _day(*parts)
            return
        first, second, year = parts
        # 02/05/2025 is ambiguous where the month may come first; dates with points are not.
        if grammar.month_first and "/" in text:
            yield from _day(year, first, second)
        yield from _day(year, second, first)
        return
    for pattern in grammar.dates:
        match = re.fullmatch(pattern.format(**grammar.slots), text)
        if match:
            yield from _day(
                int(match["y"]), _month(match["m"], grammar), _number_of(match["d"], grammar)
            )
            return
    name, _, last = text.rpartition(" ")
    if not last.isdecimal():
        return
    year = int(last)
    for pattern, size, number in _parts_of_years(grammar):
        if re.fullmatch(pattern, name):
            yield date(year, size * (number - 1) + 1, 1), _end_of(year, size * number)
            return
    if name:
        month = _month(name, grammar)
        yield date(year, month, 1), _end_of(year, month)


def _day(year: int, month: int, day: int) -> Iterator[Span]:
    try:
        yield date(year, month, day), date(year, month, day)
    except ValueError:
        return


def _number_of(text: str, grammar: Grammar) -> int:
    if text.isdecimal():
        return int(text)
    return next(n for n, one in enumerate(grammar.ordinals, 1) if re.fullmatch(one, text))


def _month(name: str, grammar: Grammar) -> int:
    return next(n for n, one in enumerate(grammar.months, 1) if re.fullmatch(one, name))


def _end_of(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _without_group_names(pattern: str) -> str:
    return re.sub(r"\(\?P<\w+>", "(?:", pattern)
