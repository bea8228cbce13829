"""Consecutive complete days, weeks, months or quarters before the current one of a clock."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import date, datetime

from conditions.language.windows import (
    MICROSECOND,
    UNITS,
    LocalClock,
    Moment,
    Ranges,
    ZonedRanges,
    start_of_day,
)

MOST_PERIODS = 60


@dataclass(frozen=True)
class Periods:
    """`count` consecutive complete periods, each a `unit` of a zone's calendar.

    `later` complete periods follow them, and then the current period of the clock. Weeks begin on
    Monday.
    """

    unit: str
    count: int
    later: int = 0

    def before_the_last(self) -> Periods:
        """Return the same number of periods, each one period earlier."""
        return replace(self, later=self.later + 1)

    def first_days(self, clock: LocalClock) -> list[date]:
        """Return the first day of each period, and of the period after them."""
        last = -self.later
        return [UNITS[self.unit](clock.today, one)[0] for one in range(last - self.count, last + 1)]

    def starts(self, clock: LocalClock) -> list[datetime]:
        """Return the first instant (UTC) of each period, and of the period after them."""
        starts = [start_of_day(day, clock.zone) for day in self.first_days(clock)]
        # Only the calendar's first day has no start, and no clock is near it.
        return [start for start in starts if start is not None]

    def ranges(self, moment: Moment) -> ZonedRanges:
        """Return the instants of all of the periods, for each zone."""

        def span(clock: LocalClock) -> Ranges:
            first, *_between, end = self.starts(clock)
            return [(first, end - MICROSECOND)] if first < end else []

        return moment.per_zone(span)

    def following(self, moment: Moment) -> ZonedRanges:
        """Return the instants after the periods, for each zone."""
        return moment.per_zone(lambda clock: [(self.starts(clock)[-1], None)])

    def number_of(self, instant: datetime, clock: LocalClock) -> int | None:
        """Return the number of the period, from 1, in which `instant` lies; None outside of all."""
        number = bisect_right(self.first_days(clock), clock.date_of(instant))
        return number if 1 <= number <= self.count else None

    def is_after(self, instant: datetime, clock: LocalClock) -> bool:
        """Return whether `instant` lies after the periods."""
        return clock.date_of(instant) >= self.first_days(clock)[-1]
