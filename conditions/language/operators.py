"""The operators, one row each, in a table for each type.

A row says what value it takes, its words, and two readings of the same meaning: `lookup` or
`ranges` for the compiler, `test` for the evaluator. Negative operators have neither: they are the
complement of their twin, formed in `tree.py` alone.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conditions.language import counted
from conditions.language.counted import Counted
from conditions.language.windows import (
    PERIODS,
    LocalClock,
    Range,
    Ranges,
    days_until_anniversary,
    shifted,
)

Words = str | Promise


class Takes(Enum):
    """The kinds of values that operators take."""

    NOTHING = "nothing"
    ONE = "one"
    LIST = "list"
    PAIR = "pair"
    DAYS = "days"
    HOURS = "hours"
    ANNIVERSARY_DAYS = "anniversary_days"
    PERIOD = "period"


@dataclass(frozen=True)
class Operator:
    """One operator of one type; `twin` names the positive one that a negative one negates."""

    name: str
    words: Counted
    takes: Takes = Takes.ONE
    twin: str | None = None
    lookup: str = ""
    ranges: Callable[..., Ranges] | None = None
    test: Callable[..., bool] | None = None
    # May the value be another attribute? Then `compare` is the sign between the two sides.
    compare: str | None = None

    @property
    def label(self) -> str:
        """What it is called where its value is not named."""
        return counted.form_of(self.words).replace("%(value)s", "…")


Operators = Mapping[str, Operator]


def _table(*operators: Operator) -> Operators:
    return {operator.name: operator for operator in operators}


def _not(name: str, words: Counted, twin: Operator) -> Operator:
    return Operator(name, words, twin.takes, twin=twin.name, compare=twin.compare)


# Missing values never reach a test: `evaluate` answers them before.
IS_NOT_EMPTY = Operator(
    "is_not_empty",
    _("is known"),
    Takes.NOTHING,
    lookup="gt",
    ranges=lambda *_: [(None, None)],
    test=lambda *_: True,
)
IS_EMPTY = _not("is_empty", _("is not known"), IS_NOT_EMPTY)

# Text: both sides folded ------------------------------------------------------------------------
_TEXT_IS = Operator(
    "is", _("is"), lookup="exact", test=lambda actual, value: actual == value, compare="="
)
_CONTAINS = Operator(
    "contains", _("contains"), lookup="contains", test=lambda actual, value: value in actual
)
_STARTS = Operator(
    "starts_with",
    _("begins with"),
    lookup="startswith",
    test=lambda actual, value: actual.startswith(value),
)
_ENDS = Operator(
    "ends_with",
    _("ends with"),
    lookup="endswith",
    test=lambda actual, value: actual.endswith(value),
)
_ONE_OF = Operator(
    "is_one_of",
    _("is one of"),
    Takes.LIST,
    lookup="in",
    test=lambda actual, value: actual in value,
)
TEXT = _table(
    _TEXT_IS,
    _not("is_not", _("is not"), _TEXT_IS),
    _CONTAINS,
    _not("not_contains", _("does not contain"), _CONTAINS),
    _STARTS,
    _not("not_starts_with", _("does not begin with"), _STARTS),
    _ENDS,
    _not("not_ends_with", _("does not end with"), _ENDS),
    _ONE_OF,
    _not("is_not_one_of", _("is not one of"), _ONE_OF),
    IS_NOT_EMPTY,
    IS_EMPTY,
)
CHOICE = _table(
    _TEXT_IS,
    _not("is_not", _("is not"), _TEXT_IS),
    _ONE_OF,
    _not("is_not_one_of", _("is not one of"), _ONE_OF),
    IS_NOT_EMPTY,
    IS_EMPTY,
)
BOOLEAN = _table(
    _TEXT_IS,
    _not("is_not", _("is not"), _TEXT_IS),
    IS_NOT_EMPTY,
    IS_EMPTY,
)
SEGMENT = _table(
    _TEXT_IS,
    _not("is_not", _("is not"), _TEXT_IS),
    _ONE_OF,
    _not("is_not_one_of", _("is not one of"), _ONE_OF),
)


# Numbers: `ranges(value, scale)` are whole numbers of 1/scale -------------------------------------
def _floor(value: Decimal, scale: int) -> int:
    return math.floor(value * scale)


def _ceil(value: Decimal, scale: int) -> int:
    return math.ceil(value * scale)


def _exactly(value: Decimal, scale: int) -> Ranges:
    low, high = _ceil(value, scale), _floor(value, scale)
    return [(low, high)] if low <= high else []


def _from_to(value: tuple[Decimal, Decimal], scale: int) -> Ranges:
    low, high = _ceil(value[0], scale), _floor(value[1], scale)
    return [(low, high)] if low <= high else []


_NUMBER_IS = Operator(
    "is", _("is"), ranges=_exactly, test=lambda actual, value: actual == value, compare="="
)
_GT = Operator(
    "gt",
    _("is more than"),
    ranges=lambda value, scale: [(_floor(value, scale) + 1, None)],
    test=lambda actual, value: actual > value,
    compare=">",
)
_GTE = Operator(
    "gte",
    _("is at least"),
    ranges=lambda value, scale: [(_ceil(value, scale), None)],
    test=lambda actual, value: actual >= value,
    compare=">=",
)
_LT = Operator(
    "lt",
    _("is less than"),
    ranges=lambda value, scale: [(None, _ceil(value, scale) - 1)],
    test=lambda actual, value: actual < value,
    compare="<",
)
_LTE = Operator(
    "lte",
    _("is at most"),
    ranges=lambda value, scale: [(None, _floor(value, scale))],
    test=lambda actual, value: actual <= value,
    compare="<=",
)
_NUMBER_BETWEEN = Operator(
    "between",
    _("is between"),
    Takes.PAIR,
    ranges=_from_to,
    test=lambda actual, value: value[0] <= actual <= value[1],
)
_NUMBER_ONE_OF = Operator(
    "is_one_of",
    _("is one of"),
    Takes.LIST,
    ranges=lambda values, scale: [r for value in values for r in _exactly(value, scale)],
    test=lambda actual, values: actual in values,
)
NUMBER = _table(
    _NUMBER_IS,
    _not("is_not", _("is not"), _NUMBER_IS),
    _GT,
    _GTE,
    _LT,
    _LTE,
    _NUMBER_BETWEEN,
    _not("not_between", _("is not between"), _NUMBER_BETWEEN),
    _NUMBER_ONE_OF,
    _not("is_not_one_of", _("is not one of"), _NUMBER_ONE_OF),
    IS_NOT_EMPTY,
    IS_EMPTY,
)

# Sets, each element a code: `has_all_of` needs every one of them ----------------------------------
_HAS = Operator("has", _("includes"), test=lambda actual, value: value in actual)
_HAS_ANY = Operator(
    "has_any_of",
    _("includes one of"),
    Takes.LIST,
    test=lambda actual, value: not actual.isdisjoint(value),
)
_HAS_ALL = Operator(
    "has_all_of",
    _("includes all of"),
    Takes.LIST,
    test=lambda actual, value: actual.issuperset(value),
)
SET = _table(
    _HAS,
    _not("has_not", _("does not include"), _HAS),
    _HAS_ANY,
    _not("has_none_of", _("includes none of"), _HAS_ANY),
    _HAS_ALL,
    _not("not_has_all_of", _("does not include all of"), _HAS_ALL),
    IS_NOT_EMPTY,
    IS_EMPTY,
)

# Categories: `test` gets (the product's categories, those with every category above them) ---------
_CATEGORY_IS = Operator("is", _("is"), test=lambda own, above, value: value in own)
_CATEGORY_ONE_OF = Operator(
    "is_one_of",
    _("is one of"),
    Takes.LIST,
    test=lambda own, above, value: not own.isdisjoint(value),
)
_CATEGORY_BELOW = Operator(
    "is_or_below", _("is or is below"), test=lambda own, above, value: value in above
)
_CATEGORY_ONE_OF_BELOW = Operator(
    "is_one_of_or_below",
    _("is or is below one of"),
    Takes.LIST,
    test=lambda own, above, value: not above.isdisjoint(value),
)
CATEGORY = _table(
    _CATEGORY_IS,
    _not("is_not", _("is not"), _CATEGORY_IS),
    _CATEGORY_ONE_OF,
    _not("is_not_one_of", _("is not one of"), _CATEGORY_ONE_OF),
    _CATEGORY_BELOW,
    _not("is_not_or_below", _("is not and is not below"), _CATEGORY_BELOW),
    _CATEGORY_ONE_OF_BELOW,
    _not("is_not_one_of_or_below", _("is not and is not below one of"), _CATEGORY_ONE_OF_BELOW),
    IS_NOT_EMPTY,
    IS_EMPTY,
)


# Dates: `days(value, clock)` is the span of days meant (None: no day); `test` says it anew, day by
# day, as the contract words it --------------------------------------------------------------------
@dataclass(frozen=True)
class DateOperator(Operator):
    """An operator that means a span of calendar days of the clock's zone."""

    days: Callable[[Any, LocalClock], Range | None] | None = None


def _before(day: date | None) -> Range | None:
    last = None if day is None else shifted(day, -1)
    return None if last is None else (None, last)


def _after(day: date | None) -> Range | None:
    first = None if day is None else shifted(day, 1)
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
    days=lambda days, clock: (shifted(clock.today, -days), clock.today),
    test=lambda day, days, clock: 0 <= _since(day, clock) <= days,
)
_MORE_DAYS_AGO = DateOperator(
    "more_than_days_ago",
    counted.more_than_days_ago,
    Takes.DAYS,
    days=lambda days, clock: _before(shifted(clock.today, -days)),
    test=lambda day, days, clock: _since(day, clock) > days,
)
_IN_NEXT_DAYS = DateOperator(
    "in_next_days",
    counted.in_next_days,
    Takes.DAYS,
    days=lambda days, clock: (clock.today, shifted(clock.today, days)),
    test=lambda day, days, clock: 0 <= -_since(day, clock) <= days,
)
_MORE_DAYS_AHEAD = DateOperator(
    "more_than_days_ahead",
    counted.more_than_days_ahead,
    Takes.DAYS,
    days=lambda days, clock: _after(shifted(clock.today, days)),
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
DATE = _table(
    _DATE_IS,
    _not("is_not", _("is not on"), _DATE_IS),
    _BEFORE,
    _AFTER,
    _ON_OR_BEFORE,
    _ON_OR_AFTER,
    _DATE_BETWEEN,
    _not("not_between", _("is not between"), _DATE_BETWEEN),
    _IN_LAST_DAYS,
    _not("not_in_last_days", counted.not_in_last_days, _IN_LAST_DAYS),
    _MORE_DAYS_AGO,
    _IN_NEXT_DAYS,
    _not("not_in_next_days", counted.not_in_next_days, _IN_NEXT_DAYS),
    _MORE_DAYS_AHEAD,
    _IN_PERIOD,
    _not("not_in_period", _("is not within %(value)s"), _IN_PERIOD),
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
    **_table(
        _IN_LAST_HOURS,
        _not("not_in_last_hours", counted.not_in_last_hours, _IN_LAST_HOURS),
        _MORE_HOURS_AGO,
    ),
}

# A datetime may be given as an instant only to these; others mean days.
TAKES_INSTANTS = frozenset(
    {"before", "after", "on_or_before", "on_or_after", "between", "not_between"}
)
