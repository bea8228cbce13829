"""Periods as people write them: a year (`2026`), a quarter (`2026-Q3`), a month (`2026-10`)."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

YEAR, QUARTER, MONTH = 12, 3, 1
IS_PERIOD = re.compile(r"([0-9]{4})(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?").fullmatch


@dataclass(frozen=True)
class Period:
    """`months` of them (a year, a quarter, one), the first counted from January of year 0."""

    first_month: int
    months: int

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.first_month // 12, self.first_month % 12 + 1, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        month = self.first_month + self.months - 1
        year, number = month // 12, month % 12 + 1
        return date(year, number, monthrange(year, number)[1])

    @property
    def before(self) -> "Period | None":
        """The one before it; None at the calendar's beginning."""
        return self._earlier(self.months)

    @property
    def a_year_before(self) -> "Period | None":
        """The same one of the year before."""
        return self._earlier(YEAR)

    def _earlier(self, months: int) -> "Period | None":
        first = self.first_month - months
        return Period(first, self.months) if first >= YEAR else None

    def __str__(self) -> str:
        year = f"{self.first_month // 12:04}"
        match self.months:
            case 12:
                return year
            case 3:
                return f"{year}-Q{self.first_month % 12 // QUARTER + 1}"
            case _:
                return f"{year}-{self.first_month % 12 + 1:02}"


def period_of(text: str) -> Period:
    """Return the period that is written so; raises ValueError where it is none."""
    found = IS_PERIOD(text)
    if found is None or found[1] == "0000":
        raise ValueError(f"“{text}” is no period")
    first = int(found[1]) * 12
    if found[2]:
        return Period(first + (int(found[2]) - 1) * QUARTER, QUARTER)
    if found[3]:
        return Period(first + int(found[3]) - 1, MONTH)
    return Period(first, YEAR)


def month_of(day: date) -> Period:
    """Return the month in which a day lies."""
    return Period(day.year * 12 + day.month - 1, MONTH)
