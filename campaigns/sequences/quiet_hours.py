"""Quiet hours: MAIL_QUIET_HOURS, in which no mail of a sequence is due, by a website's clock."""

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def hours_of(written: str) -> tuple[time, time] | None:
    """Return begin and end of quiet hours written as `21:00-08:00`; None for "".

    ValueError where they are written otherwise, or end where they begin.
    """
    if not written:
        return None
    found = HOURS.fullmatch(written)
    if found is None or found[0][:5] == found[0][6:]:
        raise ValueError(f"MAIL_QUIET_HOURS is {written!r}: write it like 21:00-08:00.")
    first, second, third, fourth = (int(one) for one in found.groups())
    return time(first, second), time(third, fourth)


def after_quiet(at: datetime, zone: str) -> datetime:
    """Return `at` (aware), or the first instant after it that is not within the quiet hours.

    The quiet hours are in the time zone named `zone`. Hours that a clock change skips or repeats
    count by local time.
    """
    hours = hours_of(settings.MAIL_QUIET_HOURS)
    place = ZoneInfo(zone)
    if hours is None or not _is_quiet(at, place, hours):
        return at
    day = at.astimezone(place).replace(tzinfo=None)
    ends = (
        datetime.combine(day.date() + shift * DAY, hours[1], place).replace(fold=fold)
        for shift in (0, 1)
        for fold in (0, 1)
    )
    instants = (end.astimezone(at.tzinfo) for end in ends)
    minute = min(one for one in instants if one > at and not _is_quiet(one, place, hours))
    # An end that the clocks skip is when they jump.
    while minute - MINUTE > at and not _is_quiet(minute - MINUTE, place, hours):
        minute -= MINUTE
    return minute


def _is_quiet(at: datetime, place: ZoneInfo, hours: tuple[time, time]) -> bool:
    begin, end = hours
    shown = at.astimezone(place).time()
    if begin < end:
        return begin <= shown < end
    return shown >= begin or shown < end
