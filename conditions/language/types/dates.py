"""Dates and datetimes: calendar days of the customer's website, and instants."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeGuard

from django.utils.translation import gettext as _

from conditions.language import operators
from conditions.language.counted import form_of
from conditions.language.operators import DateOperator, Operator, Takes
from conditions.language.types.base import RangeType, Value
from conditions.language.windows import (
    MICROSECOND,
    LocalClock,
    Moment,
    Range,
    Ranges,
    ZonedRanges,
    instants_of_days,
    local_instant,
)
from core.text.exact_numbers import BadValue
from core.text.formats import quote_value

DATE_SPELLING = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
DATETIME_SPELLING = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})?",
    re.ASCII,
)


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


def day_of(raw: Any) -> date:
    """Return the day of the text `raw` (YYYY-MM-DD); raises BadValue where it is no day."""
    if raw is None or raw == "":
        raise BadValue("empty_value", _("A date is needed here, such as 2026-04-10."))
    if not isinstance(raw, str) or not DATE_SPELLING.fullmatch(raw):
        raise BadValue(
            "not_a_date",
            _("%(value)s is not a date: write it like 2026-04-10.") % {"value": quote_value(raw)},
        )
    try:
        return date.fromisoformat(raw)
    except ValueError as error:
        raise BadValue(
            "not_a_date", _("%(value)s is not in the calendar.") % {"value": quote_value(raw)}
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
                    % {"words": form_of(operator.words).replace("%(value)s", "…")},
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


def _instants(operator: DateOperator, value: Any, clock: LocalClock) -> Range | None:
    """Return the instants in one zone that an operator of days or of points in time means."""
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
    # An end of "between" may be a skipped day: use the instant where the day would have been.
    first = instants_of_days(point, None, clock.zone)
    last = instants_of_days(None, point, clock.zone)
    return None if first is None or last is None else (first[0], last[1])


def instant_in(point: datetime, zone: str) -> datetime:
    """Return the instant of `point`; without an offset it is wall-clock time of `zone`."""
    return point if point.tzinfo is not None else local_instant(point, zone)


def _instant_of(raw: str) -> datetime:
    try:
        point = datetime.fromisoformat(raw)
        # Instants near the calendar's ends have no local time in some zones.
        if not 2 <= point.year <= 9998:
            raise ValueError(raw)
    except ValueError as error:
        raise BadValue(
            "not_a_date", _("%(value)s is not in the calendar.") % {"value": quote_value(raw)}
        ) from error
    return point if point.tzinfo is None else point.astimezone(UTC)


def _as_utc(point: PointInTime, *, last: bool) -> datetime:
    if isinstance(point, datetime):
        return point if point.tzinfo else point.replace(tzinfo=UTC)
    time = datetime.max.time() if last else datetime.min.time()
    return datetime.combine(point, time, tzinfo=UTC)
