"""The types of attributes: how each reads a value, compiles it, tests it and words it."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeGuard

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conditions import operators
from conditions.operators import DateOperator, Operator, Operators, Takes, Words
from conditions.windows import (
    MICROSECOND,
    PERIODS,
    LocalClock,
    Moment,
    Range,
    Ranges,
    ZonedRanges,
    instants_of_days,
    local_instant,
)
from customers.fields import UNITS_PER_ONE
from customers.folding import fold

NUMBER_SPELLING = re.compile(r"-?[0-9]{1,14}(\.[0-9]{1,4})?", re.ASCII)
DATE_SPELLING = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
DATETIME_SPELLING = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})?",
    re.ASCII,
)
NUMBER_LIMIT = 10**14
TEXT_LIMIT = 1_000
LIST_LIMIT = 1_000
LIMITS = {Takes.DAYS: 36_500, Takes.HOURS: 87_600, Takes.ANNIVERSARY_DAYS: 366}


class BadValue(ValueError):
    """A value that is refused, with its code and what would be right."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(message)


@dataclass(frozen=True)
class Value:
    """A parsed value: `meant` is what is compared, `stored` what the stored tree says."""

    meant: Any
    stored: Any


@dataclass(frozen=True, eq=False)
class ValueType:
    """A type of attributes with its operators."""

    name: str
    label: Words
    operators: Operators

    def parse(self, operator: Operator, raw: Any) -> Value:
        """Read the JSON value `raw`; BadValue where `operator` does not take it."""
        match operator.takes:
            case Takes.ONE:
                return self.one(raw)
            case Takes.LIST:
                return self._list(raw)
            case Takes.PAIR:
                return self._pair(raw)
            case Takes.PERIOD:
                return _period(raw)
            case _:
                return _count(raw, LIMITS[operator.takes])

    def one(self, raw: Any) -> Value:
        """Read one value of this type."""
        raise NotImplementedError

    def in_order(self, low: Any, high: Any) -> bool:
        """Whether `low` and `high` are the right way round."""
        return bool(low <= high)

    def test(self, operator: Operator, actual: Any, value: Any, clock: LocalClock) -> bool:
        """Whether the value `actual`, which is not missing, satisfies a positive operator."""
        assert operator.test is not None
        return operator.test(actual, value)

    def _list(self, raw: Any) -> Value:
        if not isinstance(raw, list):
            raise BadValue("not_a_list", _("A list of values is needed here, such as [1, 2]."))
        if not raw:
            raise BadValue("empty_value", _("The list is empty: name at least one value."))
        if len(raw) > LIST_LIMIT:
            raise BadValue(
                "too_many_values",
                _("The list has %(count)s values; at most 1,000 are allowed.")
                % {"count": len(raw)},
            )
        values = [self.one(item) for item in raw]
        return Value(tuple(value.meant for value in values), [value.stored for value in values])

    def _pair(self, raw: Any) -> Value:
        if not isinstance(raw, list) or len(raw) != 2:
            raise BadValue("not_a_pair", _("Two values are needed here: [from, to]."))
        low, high = (self.one(item) for item in raw)
        if not self.in_order(low.meant, high.meant):
            raise BadValue("swapped_ends", _("The first value is above the second: swap them."))
        return Value((low.meant, high.meant), [low.stored, high.stored])

    def words(self, operator: Operator, value: Value, labels: Mapping[str, str]) -> str:
        """Return `value` as the sentence says it; `labels` names codes where there are names."""
        match operator.takes:
            case Takes.LIST:
                return ", ".join(self.one_in_words(stored, labels) for stored in value.stored)
            case Takes.PAIR:
                return _("%(low)s and %(high)s") % {
                    "low": self.one_in_words(value.stored[0], labels),
                    "high": self.one_in_words(value.stored[1], labels),
                }
            case Takes.PERIOD:
                return str(PERIOD_WORDS[value.meant])
            case Takes.ONE:
                return self.one_in_words(value.stored, labels)
            case _:
                return str(value.stored)

    def one_in_words(self, stored: Any, labels: Mapping[str, str]) -> str:
        return str(stored)


PERIOD_WORDS: Mapping[str, Words] = {
    "today": gettext_lazy("today"),
    "yesterday": gettext_lazy("yesterday"),
    "tomorrow": gettext_lazy("tomorrow"),
    "this_week": gettext_lazy("this week"),
    "last_week": gettext_lazy("last week"),
    "this_month": gettext_lazy("this month"),
    "last_month": gettext_lazy("last month"),
    "this_quarter": gettext_lazy("this quarter"),
    "last_quarter": gettext_lazy("last quarter"),
    "this_year": gettext_lazy("this year"),
    "last_year": gettext_lazy("last year"),
}


def _period(raw: Any) -> Value:
    if raw is None or raw == "":
        raise BadValue("empty_value", _("Name a period, such as this_month."))
    if not isinstance(raw, str) or raw not in PERIODS:
        raise BadValue(
            "unknown_period",
            _("%(value)s is not a period; the periods are %(periods)s.")
            % {"value": quoted(raw), "periods": ", ".join(PERIODS)},
        )
    return Value(raw, raw)


def _count(raw: Any, limit: int) -> Value:
    number = number_of(raw)
    if number != number.to_integral_value():
        raise BadValue("not_a_whole_number", _("A whole number is needed here."))
    if not 0 <= number <= limit:
        raise BadValue(
            "out_of_range",
            _("The number must lie between 0 and %(limit)s.") % {"limit": f"{limit:,}"},
        )
    return Value(int(number), int(number))


def quoted(raw: Any) -> str:
    """Return `raw` as messages show it, cut where it is long."""
    text = f"“{raw}”" if isinstance(raw, str) else str(raw)
    return text if len(text) <= 60 else text[:57] + "…"


def number_of(raw: Any) -> Decimal:
    """Return the number that the JSON value `raw` is; a text counts by its spelling.

    BadValue where it is none, not finite, beyond 10^14 or has more than 4 decimals.
    """
    if raw is None or raw == "":
        raise BadValue("empty_value", _("A number is needed here."))
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal | str):
        raise BadValue("not_a_number", _("%(value)s is not a number.") % {"value": quoted(raw)})
    if isinstance(raw, str) and not NUMBER_SPELLING.fullmatch(raw):
        raise BadValue(
            "not_a_number",
            _("%(value)s is not a number: write it like -1234.5, with at most 4 decimals.")
            % {"value": quoted(raw)},
        )
    try:
        number = Decimal(repr(raw)) if isinstance(raw, float) else Decimal(raw)
    except InvalidOperation as error:
        raise BadValue("not_a_number", _("That is not a number.")) from error
    if not number.is_finite():
        raise BadValue("not_finite", _("The number must be finite."))
    if abs(number) >= NUMBER_LIMIT:
        raise BadValue("out_of_range", _("The number must lie below 100,000,000,000,000 in size."))
    if _decimals(number) > 4:
        raise BadValue("too_many_decimals", _("A number has at most 4 decimals."))
    return number


def _decimals(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def text_of(raw: Any) -> str:
    """Return the text `raw`; BadValue where it is none, empty, too long or not valid Unicode."""
    if raw is None or raw == "":
        raise BadValue("empty_value", _("A text is needed here."))
    if not isinstance(raw, str):
        raise BadValue("not_a_text", _("%(value)s is not a text.") % {"value": quoted(raw)})
    if len(raw) > TEXT_LIMIT:
        raise BadValue("too_long", _("A text has at most 1,000 characters."))
    if "\0" in raw:
        raise BadValue("invalid_text", _("The text has a NUL character, which no shop text has."))
    if any(unicodedata.category(letter) == "Cs" for letter in raw if letter > "\ud7ff"):
        raise BadValue("invalid_text", _("The text is not valid Unicode (half a surrogate pair)."))
    return raw


class TextType(ValueType):
    """Texts, compared folded: columns hold them so."""

    def one(self, raw: Any) -> Value:
        text = text_of(raw)
        return Value(fold(text), text)

    def test(self, operator: Operator, actual: Any, value: Any, clock: LocalClock) -> bool:
        return super().test(operator, fold(actual), value, clock)

    def one_in_words(self, stored: Any, labels: Mapping[str, str]) -> str:
        return f"“{stored}”"


class CodeType(ValueType):
    """Codes (choices, elements of sets, categories, segments), compared exactly."""

    def one(self, raw: Any) -> Value:
        text = text_of(raw)
        return Value(text, text)

    def one_in_words(self, stored: Any, labels: Mapping[str, str]) -> str:
        return labels.get(stored) or str(stored)


class CategoryType(CodeType):
    """Categories: what is tested is a product's own ones, and those with all above them."""

    def test(self, operator: Operator, actual: Any, value: Any, clock: LocalClock) -> bool:
        own, with_those_above = actual
        assert operator.test is not None
        return operator.test(own, with_those_above, value)


class BooleanType(ValueType):
    """Yes or no."""

    def one(self, raw: Any) -> Value:
        if not isinstance(raw, bool):
            code = "empty_value" if raw is None or raw == "" else "not_a_boolean"
            raise BadValue(code, _("true or false is needed here."))
        return Value(raw, raw)

    def one_in_words(self, stored: Any, labels: Mapping[str, str]) -> str:
        return _("yes") if stored else _("no")


@dataclass(frozen=True, eq=False)
class RangeType(ValueType):
    """Types with an order: a comparison means ranges of whole numbers, days or instants."""

    def zoned(self, operator: Operator, value: Any, moment: Moment) -> ZonedRanges:
        """Return the ranges that `operator` with `value` means at `moment`, for each zone."""
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class NumberType(RangeType):
    """Numbers, stored in whole units of 1/`scale`."""

    scale: int = UNITS_PER_ONE

    def one(self, raw: Any) -> Value:
        number = number_of(raw)
        if isinstance(raw, str) or (self.scale == 1 and isinstance(raw, int)):
            return Value(number, raw)
        return Value(number, format(number.normalize(), "f"))

    def zoned(self, operator: Operator, value: Any, moment: Moment) -> ZonedRanges:
        return [(None, self.ranges(operator, value))]

    def ranges(self, operator: Operator, value: Any) -> Ranges:
        """Return the whole units that `operator` with `value` means."""
        assert operator.ranges is not None
        return operator.ranges(value, self.scale)

    def one_in_words(self, stored: Any, labels: Mapping[str, str]) -> str:
        return formats.number_format(Decimal(stored), use_l10n=True, force_grouping=True)


@dataclass(frozen=True, eq=False)
class DateType(RangeType):
    """Calendar days."""

    def one(self, raw: Any) -> Value:
        day = day_of(raw)
        return Value(day, raw)

    def zoned(self, operator: Operator, value: Any, moment: Moment) -> ZonedRanges:
        assert isinstance(operator, DateOperator) and operator.days is not None
        days = operator.days

        def spans(clock: LocalClock) -> Ranges:
            span = days(value, clock)
            return [] if span is None else [span]

        return moment.per_zone(spans)

    def test(self, operator: Operator, actual: Any, value: Any, clock: LocalClock) -> bool:
        assert operator.test is not None
        return operator.test(actual, value, clock)

    def one_in_words(self, stored: Any, labels: Mapping[str, str]) -> str:
        return formats.date_format(date.fromisoformat(stored), "SHORT_DATE_FORMAT")


def day_of(raw: Any) -> date:
    """Return the day that the text `raw` (YYYY-MM-DD) is; BadValue where it is none."""
    if raw is None or raw == "":
        raise BadValue("empty_value", _("A date is needed here, such as 2026-04-10."))
    if not isinstance(raw, str) or not DATE_SPELLING.fullmatch(raw):
        raise BadValue(
            "not_a_date",
            _("%(value)s is not a date: write it like 2026-04-10.") % {"value": quoted(raw)},
        )
    try:
        return date.fromisoformat(raw)
    except ValueError as error:
        raise BadValue(
            "not_a_date", _("%(value)s is not in the calendar.") % {"value": quoted(raw)}
        ) from error


# An instant, or a wall-clock time of the customer's website (naive), or a day of it.
PointInTime = date | datetime


@dataclass(frozen=True, eq=False)
class DatetimeType(DateType):
    """Instants; most operators mean calendar days of the customer's website."""

    def parse(self, operator: Operator, raw: Any) -> Value:
        if operator.name not in operators.TAKES_INSTANTS:
            if isinstance(raw, str) and DATETIME_SPELLING.fullmatch(raw):
                raise BadValue(
                    "not_a_date",
                    _("“%(words)s” takes a day, such as 2026-04-10, not a time of day.")
                    % {"words": operator.words},
                )
            if operator.takes is Takes.ONE:
                return DateType.one(self, raw)
        return super().parse(operator, raw)

    def one(self, raw: Any) -> Value:
        if isinstance(raw, str) and DATETIME_SPELLING.fullmatch(raw):
            return Value(_instant_of(raw), raw)
        return super().one(raw)

    def in_order(self, low: PointInTime, high: PointInTime) -> bool:
        return _as_utc(low, last=False) <= _as_utc(high, last=True)

    def zoned(self, operator: Operator, value: Any, moment: Moment) -> ZonedRanges:
        return moment.per_zone(lambda clock: self._in_zone(operator, value, clock))

    def _in_zone(self, operator: Operator, value: Any, clock: LocalClock) -> Ranges:
        if operator.ranges is not None:
            return operator.ranges(value, clock)
        assert isinstance(operator, DateOperator) and operator.days is not None
        span = _instants(operator, value, clock)
        if span is None or (span[0] is not None and span[1] is not None and span[0] > span[1]):
            return []
        return [span]

    def test(self, operator: Operator, actual: Any, value: Any, clock: LocalClock) -> bool:
        if operator.takes is Takes.HOURS:
            return super().test(operator, actual, value, clock)
        if isinstance(value, datetime):
            point = instant_in(value, clock.zone)
            answers: dict[str, bool] = {
                "before": actual < point,
                "after": actual > point,
                "on_or_before": actual <= point,
                "on_or_after": actual >= point,
            }
            return answers[operator.name]
        day = clock.date_of(actual)
        if isinstance(value, tuple):
            low, high = value
            begun = actual >= instant_in(low, clock.zone) if _is_instant(low) else day >= low
            over = actual > instant_in(high, clock.zone) if _is_instant(high) else day > high
            return bool(begun and not over)
        return super().test(operator, day, value, clock)

    def one_in_words(self, stored: Any, labels: Mapping[str, str]) -> str:
        if DATE_SPELLING.fullmatch(stored):
            return super().one_in_words(stored, labels)
        return str(stored).replace("T", " ").replace("Z", " UTC")


def _instants(operator: DateOperator, value: Any, clock: LocalClock) -> Range | None:
    """Return the instants that an operator of days or of points in time means in one zone."""
    if isinstance(value, tuple):
        low, high = (_span(point, clock) for point in value)
        return None if low is None or high is None else (low[0], high[1])
    if isinstance(value, datetime):
        point = instant_in(value, clock.zone)
        return {
            "before": (None, point - MICROSECOND),
            "after": (point + MICROSECOND, None),
            "on_or_before": (None, point),
            "on_or_after": (point, None),
        }[operator.name]
    assert operator.days is not None
    days = operator.days(value, clock)
    return None if days is None else instants_of_days(days[0], days[1], clock.zone)


def _is_instant(point: PointInTime) -> TypeGuard[datetime]:
    return isinstance(point, datetime)


def _span(point: PointInTime, clock: LocalClock) -> Range | None:
    if isinstance(point, datetime):
        instant = instant_in(point, clock.zone)
        return instant, instant
    # An end of "between" may be a skipped day: the range goes from or to where it would have been.
    first = instants_of_days(point, None, clock.zone)
    last = instants_of_days(None, point, clock.zone)
    return None if first is None or last is None else (first[0], last[1])


def instant_in(point: datetime, zone: str) -> datetime:
    """Return the instant that `point` is; without an offset it is wall-clock time of `zone`."""
    return point if point.tzinfo is not None else local_instant(point, zone)


def _instant_of(raw: str) -> datetime:
    try:
        point = datetime.fromisoformat(raw)
        # Instants near the calendar's ends cannot be brought to every zone.
        if not 2 <= point.year <= 9998:
            raise ValueError(raw)
    except ValueError as error:
        raise BadValue(
            "not_a_date", _("%(value)s is not in the calendar.") % {"value": quoted(raw)}
        ) from error
    return point if point.tzinfo is None else point.astimezone(UTC)


def _as_utc(point: PointInTime, *, last: bool) -> datetime:
    if isinstance(point, datetime):
        return point if point.tzinfo else point.replace(tzinfo=UTC)
    time = datetime.max.time() if last else datetime.min.time()
    return datetime.combine(point, time, tzinfo=UTC)


TEXT = TextType("text", gettext_lazy("text"), operators.TEXT)
NUMBER = NumberType("number", gettext_lazy("number"), operators.NUMBER)
MONEY = NumberType("money", gettext_lazy("money"), operators.NUMBER)
INTEGER = NumberType("integer", gettext_lazy("whole number"), operators.NUMBER, scale=1)
CHOICE = CodeType("choice", gettext_lazy("choice"), operators.CHOICE)
BOOLEAN = BooleanType("boolean", gettext_lazy("yes or no"), operators.BOOLEAN)
SET = CodeType("set", gettext_lazy("several choices"), operators.SET)
CATEGORY = CategoryType("category", gettext_lazy("category"), operators.CATEGORY)
DATE = DateType("date", gettext_lazy("date"), operators.DATE)
DATETIME = DatetimeType("datetime", gettext_lazy("date and time"), operators.DATETIME)
SEGMENT = CodeType("segment", gettext_lazy("segment"), operators.SEGMENT)
TYPES = {
    t.name: t
    for t in (
        TEXT,
        NUMBER,
        MONEY,
        INTEGER,
        CHOICE,
        BOOLEAN,
        SET,
        CATEGORY,
        DATE,
        DATETIME,
        SEGMENT,
    )
}


def comparable(left: ValueType, right: ValueType) -> bool:
    """Whether an attribute of one type may be compared with one of the other."""
    if isinstance(left, NumberType):
        return isinstance(right, NumberType)
    return left is right
