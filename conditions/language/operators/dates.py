"""Operators of days and instants: `days(value, clock)` is the span of days (None: no day).

`test` decides for a single day, as the contract words it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from conditions.language import counted
from conditions.language.operators.base import (
    IS_EMPTY,
    IS_NOT_EMPTY,
    Operator,
    Takes,
    negation,
    table,
)
from conditions.language.windows import (
    PERIODS,
    LocalClock,
    Range,
    days_until_anniversary,
    shift_day,
)


@dataclass(frozen=True)
class DateOperator(Operator):
    """An operator that means a span of calendar days of the clock's zone."""

    days: Callable[[Any, LocalClock], Range | None] | None = None


def _before(day: date | None) -> Range | None:
    last = None if day is None else shift_day(day, -1)
    return None if last is None else (None, last)


def _after(day: date | None) -> Range | None:
    first = None if day is None else shift_day(day, 1)
    return None if first is None else (first, None)


def _since(day: date, clock: LocalClock) -> int:
    return (clock.today - day).days


_IN_PERIOD_TEST: Mapping[str, Callable[[date, date], bool]] = {
    "today": lambda day, today: day == today,
    "yesterday": lambda day, today: (today - day).days == 1,
    "tomorrow": lambda day, today: (day - today).days == 1,
    "this_week": lambda day, today: _weeks(day) == _weeks(today),
    "last_week": lambda day, today: _weeks(day) == _weeks(today) - 1,
    "this_month": lambda day, today: _months(day) == _months(today),
    "last_month": lambda day, today: _months(day) == _months(today) - 1,
    "this_quarter": lambda day, today: _months(day) // 3 == _months(today) // 3,
    "last_quarter": lambda day, today: _months(day) // 3 == _months(today) // 3 - 1,
    "this_year": lambda day, today: day.year == today.year,
    "last_year": lambda day, today: day.year == today.year - 1,
}


def _weeks(day: date) -> int:
    return (day.toordinal() - 1) // 7  # 1 January of year 1 was a Monday


def _months(day: date) -> int:
    return day.year * 12 + day.month - 1


_DATE_IS = DateOperator(
    "is",
    _("is on"),
    compare="=",
    days=lambda value, _clock: (value, value),
    test=lambda day, value, _clock: day == value,
)
_BEFORE = DateOperator(
    "before",
    _("is before"),
    compare="<",
    days=lambda value, _clock: _before(value),
    test=lambda day, value, _clock: day < value,
)
_AFTER = DateOperator(
    "after",
    _("is after"),
    compare=">",
    days=lambda value, _clock: _after(value),
    test=lambda day, value, _clock: day > value,
)
_ON_OR_BEFORE = DateOperator(
    "on_or_before",
    _("is on or before"),
    compare="<=",
    days=lambda value, _clock: (None, value),
    test=lambda day, value, _clock: day <= value,
)
_ON_OR_AFTER = DateOperator(
    "on_or_after",
    _("is on or after"),
    compare=">=",
    days=lambda value, _clock: (value, None),
    test=lambda day, value, _clock: day >= value,
)
_DATE_BETWEEN = DateOperator(
    "between",
    _("is between"),
    Takes.PAIR,
    days=lambda value, _clock: (value[0], value[1]),
    test=lambda day, value, _clock: value[0] <= day <= value[1],
)
_IN_LAST_DAYS = DateOperator(
    "in_last_days",
    counted.in_last_days,
    Takes.DAYS,
    days=lambda days, clock: (shift_day(clock.today, -days), clock.today),
    test=lambda day, days, clock: 0 <= _since(day, clock) <= days,
)
_MORE_DAYS_AGO = DateOperator(
    "more_than_days_ago",
    counted.more_than_days_ago,
    Takes.DAYS,
    days=lambda days, clock: _before(shift_day(clock.today, -days)),
    test=lambda day, days, clock: _since(day, clock) > days,
)
_IN_NEXT_DAYS = DateOperator(
    "in_next_days",
    counted.in_next_days,
    Takes.DAYS,
    days=lambda days, clock: (clock.today, shift_day(clock.today, days)),
    test=lambda day, days, clock: 0 <= -_since(day, clock) <= days,
)
_MORE_DAYS_AHEAD = DateOperator(
    "more_than_days_ahead",
    counted.more_than_days_ahead,
    Takes.DAYS,
    days=lambda days, clock: _after(shift_day(clock.today, days)),
    test=lambda day, days, clock: -_since(day, clock) > days,
)
_IN_PERIOD = DateOperator(
    "in_period",
    _("is within %(value)s"),
    Takes.PERIOD,
    days=lambda period, clock: PERIODS[period](clock.today),
    test=lambda day, period, clock: _IN_PERIOD_TEST[period](day, clock.today),
)
_ANNIVERSARY = DateOperator(
    "anniversary_in_next_days",
    counted.anniversary_in_next_days,
    Takes.ANNIVERSARY_DAYS,
    test=lambda day, days, clock: days_until_anniversary(day, clock.today) <= days,
)
_DATE_NOT_EMPTY = DateOperator(
    "is_not_empty",
    IS_NOT_EMPTY.words,
    Takes.NOTHING,
    days=lambda _value, _clock: (None, None),
    test=lambda *_: True,
)
DATE = table(
    _DATE_IS,
    negation("is_not", _("is not on"), _DATE_IS),
    _BEFORE,
    _AFTER,
    _ON_OR_BEFORE,
    _ON_OR_AFTER,
    _DATE_BETWEEN,
    negation("not_between", _("is not between"), _DATE_BETWEEN),
    _IN_LAST_DAYS,
    negation("not_in_last_days", counted.not_in_last_days, _IN_LAST_DAYS),
    _MORE_DAYS_AGO,
    _IN_NEXT_DAYS,
    negation("not_in_next_days", counted.not_in_next_days, _IN_NEXT_DAYS),
    _MORE_DAYS_AHEAD,
    _IN_PERIOD,
    negation("not_in_period", _("is not within %(value)s"), _IN_PERIOD),
    _ANNIVERSARY,
    _DATE_NOT_EMPTY,
    IS_EMPTY,
)

# Hours are exact intervals of instants, ends included.
_IN_LAST_HOURS = Operator(
    "in_last_hours",
    counted.in_last_hours,
    Takes.HOURS,
    ranges=lambda hours, clock: [(clock.as_of - timedelta(hours=hours), clock.as_of)],
    test=lambda actual, hours, clock: clock.as_of - timedelta(hours=hours) <= actual <= clock.as_of,
)
_MORE_HOURS_AGO = Operator(
    "more_than_hours_ago",
    counted.more_than_hours_ago,
    Takes.HOURS,
    ranges=lambda hours, clock: [
        (None, clock.as_of - timedelta(hours=hours) - timedelta(microseconds=1))
    ],
    test=lambda actual, hours, clock: actual < clock.as_of - timedelta(hours=hours),
)
DATETIME = {
    **DATE,
    **table(
        _IN_LAST_HOURS,
        negation("not_in_last_hours", counted.not_in_last_hours, _IN_LAST_HOURS),
        _MORE_HOURS_AGO,
    ),
}

# A datetime may be given as an instant only to these; others mean days.
TAKES_INSTANTS = frozenset(
    {"before", "after", "on_or_before", "on_or_after", "between", "not_between"}
)
