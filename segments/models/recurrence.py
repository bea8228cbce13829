"""Simple recurrences that correspond to a cron expression: by hour, day, weekday or month."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from enum import StrEnum

from django.utils.dates import WEEKDAYS
from django.utils.formats import time_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

# Cron's numbers for Monday to Sunday; cron also accepts 0 for Sunday.
WEEK = (1, 2, 3, 4, 5, 6, 7)
# The days that every month has; "L" is the last day of the month.
MONTH_DAYS = (*(str(number) for number in range(1, 29)), "L")
NUMBER = r"\d{1,2}"
NUMBERS = rf"{NUMBER}(?:,{NUMBER})*"


class Every(StrEnum):
    """The unit of a recurrence."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True)
class Recurrence:
    """A schedule in the shop's time zone.

    A weekly schedule uses `weekdays` (1 Monday to 7 Sunday), a monthly one `month_day` (1 to 28, or
    L for the last day). `times` are times of day; an hourly schedule uses only the minute of the
    first.
    """

    every: Every
    times: tuple[time, ...]
    weekdays: tuple[int, ...] = ()
    month_day: str = ""

    @property
    def cron(self) -> str:
        """The cron expression; all `times` must have the same minute."""
        first = self.times[0]
        hours = ",".join(str(one.hour) for one in self.times)
        if self.every is Every.HOUR:
            return f"{first.minute} * * * *"
        if self.every is Every.WEEK:
            days = ",".join(str(day) for day in self.weekdays)
            return f"{first.minute} {hours} * * {days}"
        if self.every is Every.MONTH:
            return f"{first.minute} {hours} {self.month_day} * *"
        return f"{first.minute} {hours} * * *"

    def __str__(self) -> str:
        times = _list_texts([time_format(one, "TIME_FORMAT") for one in self.times])
        if self.every is Every.HOUR:
            minute = self.times[0].minute
            return (
                _("every hour at minute %(minute)d") % {"minute": minute}
                if minute
                else _("every hour")
            )
        if self.every is Every.WEEK:
            days = _list_texts([str(WEEKDAYS[day - 1]) for day in self.weekdays])
            return _("every week on %(weekdays)s at %(times)s") % {"weekdays": days, "times": times}
        if self.every is Every.MONTH:
            day = describe_month_day(self.month_day)
            return _("every month %(day)s at %(times)s") % {"day": day, "times": times}
        return _("every day at %(times)s") % {"times": times}


def recurrence_of(expression: str) -> Recurrence | None:
    """Return the recurrence of a cron `expression`; None if it is too complex or invalid."""
    try:
        return _read(expression)
    except ValueError:  # No such hour.
        return None


def _read(expression: str) -> Recurrence | None:
    found = re.fullmatch(
        rf"({NUMBER}) ({NUMBERS}|\*) ({NUMBER}|L|\*) \* ({NUMBERS}|\d-\d|\*)",
        " ".join(expression.split()),
    )
    if found is None:
        return None
    minute, hours, month_day, weekdays = found.groups()
    if hours == "*":
        every_day = month_day == weekdays == "*"
        return Recurrence(Every.HOUR, (time(0, int(minute)),)) if every_day else None
    times = tuple(
        time(hour, int(minute)) for hour in sorted({int(one) for one in hours.split(",")})
    )
    if month_day == weekdays == "*":
        return Recurrence(Every.DAY, times)
    if month_day == "*":
        return Recurrence(Every.WEEK, times, weekdays=_days(weekdays))
    if weekdays == "*" and month_day in MONTH_DAYS:
        return Recurrence(Every.MONTH, times, month_day=month_day)
    return None


def describe_schedule(expression: str) -> str:
    """Return a cron `expression` in words, or unchanged where it is not a simple recurrence."""
    found = recurrence_of(expression)
    return str(found) if found else expression


def describe_month_day(day: str) -> str:
    """Return `day` (one of MONTH_DAYS) in words, such as “on the last day”."""
    if day == "1":
        return _("on the first")
    if day == "L":
        return _("on the last day")
    return _("on day %(day)s") % {"day": day}


def _days(field: str) -> tuple[int, ...]:
    if "-" in field:
        first, last = map(int, field.split("-"))
        numbers = set(range(first, last + 1))
    else:
        numbers = {int(one) for one in field.split(",")}
    if not numbers or max(numbers) > WEEK[-1]:
        raise ValueError(field)
    return tuple(sorted({number or 7 for number in numbers}))


def _list_texts(texts: list[str]) -> str:
    return get_text_list(texts, pgettext("between", "and"))
