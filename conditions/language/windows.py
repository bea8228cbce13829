"""Days, zones, periods and anniversaries at an `as_of`: all rules about time stand here.

A day begins at its first instant in the zone and ends where the next day begins (contract, section
5); the calendar's first and last day include all instants beyond them. Instants are UTC, in
microseconds; ranges are closed at both ends, `None` is an open end.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

MICROSECOND = timedelta(microseconds=1)
ONE_DAY = timedelta(days=1)

# A closed range of comparable values (dates, instants, whole numbers); None: no bound.
Range = tuple[Any, Any]
Ranges = Sequence[Range]
# Ranges with the ids of the websites that they apply to; None: all websites.
ZonedRanges = Sequence[tuple[tuple[int, ...] | None, Ranges]]

# After so many days dates, weekdays and the rules of zones repeat.
CYCLE = timedelta(days=146_097)


@lru_cache(maxsize=65536)
def start_of_day(day: date, zone: str) -> datetime | None:
    """Return the first instant (UTC) at which the date in `zone` is `day` or later.

    None for the calendar's first day, which includes all instants before the second day.
    """
    if day == date.min:
        return None
    inwards = _inwards(day.year)
    return _start_of_day(day + inwards, ZoneInfo(zone)) - inwards


def _inwards(year: int) -> timedelta:
    """Return the shift of a time at the calendar's ends that makes it valid in every zone."""
    return {1: CYCLE, 9999: -CYCLE}.get(year, timedelta(0))


def _start_of_day(day: date, info: ZoneInfo) -> datetime:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    low, high = midnight - timedelta(hours=26), midnight + timedelta(hours=26)
    offset_before, offset_after = offset_at(low, info), offset_at(high, info)
    start = midnight - offset_before
    if offset_before == offset_after:
        return start
    change = change_of_offset(low, high, info)
    if start < change:
        return start
    if change.astimezone(info).date() >= day:
        return change
    return midnight - offset_after


def offset_at(instant: datetime, info: ZoneInfo) -> timedelta:
    """Return the offset of a zone from UTC at `instant`."""
    offset = instant.astimezone(info).utcoffset()
    assert offset is not None
    return offset


def change_of_offset(low: datetime, high: datetime, info: ZoneInfo) -> datetime:
    """Return the first instant in (low, high] with the offset of `high`."""
    before = offset_at(low, info)
    second = timedelta(seconds=1)
    while high - low > second:
        middle = low + ((high - low) // 2 // second) * second
        if offset_at(middle, info) == before:
            low = middle
        else:
            high = middle
    return high


def local_date(instant: datetime, zone: str) -> date:
    """Return the day of `zone` in which `instant` lies: the last day that has begun.

    Beyond the calendar's ends it is the first or the last day of the calendar.
    """
    inwards = _inwards(instant.year)
    inner = instant + inwards
    day = inner.astimezone(ZoneInfo(zone)).date()
    start = start_of_day(day + ONE_DAY, zone)
    # Where clocks went back over midnight, the new day had already begun.
    if start is not None and start <= inner:
        day += ONE_DAY
    number = day.toordinal() - inwards.days
    return date.fromordinal(min(max(number, date.min.toordinal()), date.max.toordinal()))


def local_hour(instant: datetime, zone: str) -> int:
    """Return the hour (0 to 23) on clocks in `zone` at `instant`.

    Raises ZoneInfoNotFoundError for an unknown zone.
    """
    return (instant + _inwards(instant.year)).astimezone(ZoneInfo(zone)).hour


def local_offset(instant: datetime, zone: str) -> timedelta:
    """Return how far clocks in `zone` are ahead of UTC at `instant`."""
    return offset_at(instant + _inwards(instant.year), ZoneInfo(zone))


def shift_day(day: date, days: int) -> date | None:
    """Return `day` plus `days`; None beyond the calendar's ends."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return None


def local_instant(naive: datetime, zone: str) -> datetime:
    """Return the instant of a wall-clock time: skipped times move forward, of two the first."""
    return naive.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


def instants_of_days(first: date | None, last: date | None, zone: str) -> Range | None:
    """Return the range of instants of the days `first` to `last`; None where it is empty."""
    low = None if first is None else start_of_day(first, zone)
    following = None if last is None else shift_day(last, 1)
    end = None if following is None else start_of_day(following, zone)
    if low is not None and end is not None and low >= end:
        return None
    return low, None if end is None else end - MICROSECOND


def days_of_elapsed(
    low: int | None, high: int | None, today: date
) -> tuple[date | None, ...] | None:
    """Return the (first, last) day with "days since" from `low` to `high`; None where empty."""
    first = None if high is None else shift_day(today, -high)
    last = None if low is None else shift_day(today, -low)
    if high is not None and first is None and high < 0:
        return None  # later than the last day there is
    if low is not None and last is None and low > 0:
        return None  # earlier than the first day there is
    return first, last


def days_between(first: date, last: date) -> list[date]:
    """Return the days from `first` to `last`, both included; at most the last year of them."""
    return [last - timedelta(days=n) for n in range(min((last - first).days, 366) + 1)]


PERIODS: dict[str, Callable[[date], tuple[date, date]]] = {
    "today": lambda today: (today, today),
    "yesterday": lambda today: (today - ONE_DAY, today - ONE_DAY),
    "tomorrow": lambda today: (today + ONE_DAY, today + ONE_DAY),
    "this_week": lambda today: _week(today),
    "last_week": lambda today: _week(today - timedelta(days=7)),
    "this_month": lambda today: _months(today, 1, 0),
    "last_month": lambda today: _months(today, 1, -1),
    "this_quarter": lambda today: _months(today, 3, 0),
    "last_quarter": lambda today: _months(today, 3, -1),
    "this_year": lambda today: _months(today, 12, 0),
    "last_year": lambda today: _months(today, 12, -1),
}

# Functions of a day that return the first and last day of its period, moved by some periods.
UNITS: dict[str, Callable[[date, int], tuple[date, date]]] = {
    "day": lambda day, steps: (day + steps * ONE_DAY, day + steps * ONE_DAY),
    "week": lambda day, steps: _week(day + timedelta(days=7 * steps)),
    "month": lambda day, steps: _months(day, 1, steps),
    "quarter": lambda day, steps: _months(day, 3, steps),
}


def _week(day: date) -> tuple[date, date]:
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def _months(today: date, length: int, steps: int) -> tuple[date, date]:
    """Return the period of `length` months that includes `today`, moved by `steps` periods."""
    index = (today.year * 12 + today.month - 1) // length * length + steps * length
    first, following = _first_of_month(index), _first_of_month(index + length)
    return first, following - ONE_DAY


def _first_of_month(index: int) -> date:
    return date(index // 12, index % 12 + 1, 1)


def is_leap(year: int) -> bool:
    """Return whether `year` has a 29 February."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_until_anniversary(born: date, today: date) -> int:
    """Return the days from `today` to the next anniversary; 29 February's may be on the 28th.

    Raises AssertionError where neither this year nor the next has one, which cannot happen.
    """
    for year in (today.year, today.year + 1):
        day = born.day
        if (born.month, day) == (2, 29) and not is_leap(year):
            day = 28
        ahead = (date(year, born.month, day) - today).days
        if ahead >= 0:
            return ahead
    raise AssertionError("an anniversary lies within two years")


# Called for each zone of each segment about birthdays whenever customers have changed.
@lru_cache(maxsize=2_000)
def month_days_ahead(ranges: tuple[Range, ...], today: date) -> Sequence[int]:
    """Return month * 100 + day of the days whose next anniversary is as far ahead as `ranges`."""
    points, spans = points_and_spans(ranges)
    found = []
    for born in days_of_a_leap_year():
        days = days_until_anniversary(born, today)
        if days in points or any(contains(bounds, days) for bounds in spans):
            found.append(born.month * 100 + born.day)
    return tuple(found)


def days_of_a_leap_year() -> list[date]:
    """Return 366 days: every month and day that a date can have."""
    return [date(2000, 1, 1) + timedelta(days=n) for n in range(366)]


def ends_of(bounds: Range) -> list[tuple[str, Any]]:
    """Return the lookups of a value in the range: "gte" its first end, "lte" its last one."""
    return [
        (sign, end) for sign, end in zip(("gte", "lte"), bounds, strict=True) if end is not None
    ]


def contains(bounds: Range, value: Any) -> bool:
    """Return whether `value` lies in the range."""
    return all(value >= end if sign == "gte" else value <= end for sign, end in ends_of(bounds))


def points_and_spans(ranges: Ranges) -> tuple[list[Any], list[Range]]:
    """Return the values of ranges with a single value, and the other ranges."""
    points = [low for low, high in ranges if low == high and low is not None]
    return points, [bounds for bounds in ranges if bounds[0] != bounds[1] or bounds[0] is None]


@dataclass(frozen=True)
class LocalClock:
    """A clock at `as_of` in one zone, for the evaluator."""

    as_of: datetime
    zone: str

    @cached_property
    def today(self) -> date:
        """The day of this zone at `as_of`."""
        return local_date(self.as_of, self.zone)

    def date_of(self, instant: datetime) -> date:
        """Return the day of this zone in which `instant` lies."""
        # Many conditions read the same row.
        found = self._days.get(instant)
        if found is None:
            found = self._days[instant] = local_date(instant, self.zone)
        return found

    @cached_property
    def _days(self) -> dict[datetime, date]:
        return {}


@dataclass(frozen=True)
class Moment:
    """A clock at `as_of` for every zone in scope, for the compiler.

    `websites` are the ids of the websites of each zone.
    """

    as_of: datetime
    websites: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def clocks(self) -> list[tuple[tuple[int, ...] | None, LocalClock]]:
        """The clock of each zone with its websites; None instead of websites for a single zone."""
        if len(self.websites) == 1:
            return [(None, LocalClock(self.as_of, self.websites[0][0]))]
        return [(ids, LocalClock(self.as_of, zone)) for zone, ids in self.websites]

    def per_zone(self, make: Callable[[LocalClock], Sequence[Hashable]]) -> ZonedRanges:
        """Return the result of `make` for each zone; zones with equal results stand together."""
        found: dict[tuple[Hashable, ...], list[tuple[int, ...] | None]] = {}
        for ids, clock in self.clocks:
            found.setdefault(tuple(make(clock)), []).append(ids)
        if len(found) == 1:
            return [(None, list(ranges)) for ranges in found]  # type: ignore[arg-type]
        return [
            (tuple(sorted(i for ids in groups for i in ids or ())), list(ranges))  # type: ignore[arg-type]
            for ranges, groups in found.items()
        ]


def crossed_ranges(before: ZonedRanges, after: ZonedRanges, moment: Moment) -> ZonedRanges:
    """Return for each website of `moment` what bounds have crossed from `before` to `after`.

    The ranges include every value that was in or out of a range at any time in that span, even
    where the final answer is the same.
    """
    found: dict[tuple[Range, ...], list[int]] = {}
    for _zone, ids in moment.websites:
        for pk in ids:
            crossed = _crossed_ranges(_ranges_of(pk, before), _ranges_of(pk, after))
            found.setdefault(tuple(crossed), []).append(pk)
    if len(found) == 1:
        return [(None, list(ranges)) for ranges in found]
    return [(tuple(sorted(ids)), list(ranges)) for ranges, ids in found.items()]


def _ranges_of(website: int, zoned: ZonedRanges) -> Ranges:
    return next((ranges for ids, ranges in zoned if ids is None or website in ids), [])


def _crossed_ranges(before: Ranges, after: Ranges) -> list[Range]:
    if list(before) == list(after):
        return []
    if len(before) != len(after):
        # At the calendar's ends, or after a skipped day, ranges cannot be matched one by one.
        lows, highs = zip(*before, *after, strict=True)
        return [(None if None in lows else min(lows), None if None in highs else max(highs))]
    found: list[Range] = []
    for (low, high), (new_low, new_high) in zip(before, after, strict=True):
        if low != new_low:
            first, last = _in_order(low, new_low, before_all=True)
            found.append((first, last - _step(last)))
        if high != new_high:
            first, last = _in_order(high, new_high, before_all=False)
            found.append((first + _step(first), last))
    return _merge_ranges(found)


def _in_order(one: Any, other: Any, *, before_all: bool) -> Range:
    """Return both bounds in order, the open bound (None) at its end."""
    if one is None or other is None:
        bound = other if one is None else one
        return (None, bound) if before_all else (bound, None)
    return (one, other) if one < other else (other, one)


def _merge_ranges(ranges: list[Range]) -> list[Range]:
    """Return the ranges with overlapping and touching ones merged."""
    found: list[Range] = []
    for low, high in sorted(ranges, key=lambda bounds: (bounds[0] is not None, bounds[0] or 0)):
        if found and _touches(found[-1][1], low):
            last = found[-1][1]
            found[-1] = (found[-1][0], None if None in (last, high) else max(last, high))
        else:
            found.append((low, high))
    return found


def _touches(high: Any, low: Any) -> bool:
    return high is None or low is None or low - _step(low) <= high


def _step(point: Any) -> timedelta:
    return MICROSECOND if isinstance(point, datetime) else ONE_DAY
