"""The days of reports: calendar days in the shop's own time zone."""

from datetime import date, datetime, timedelta

from django.utils.timezone import get_default_timezone, localdate

PERIODS = (30, 90, 365)


def last_days(days: int, until: datetime) -> list[date]:
    """Return the last `days` dates up to that of the aware instant `until`."""
    today = localdate(until, get_default_timezone())
    return [today - timedelta(days=back) for back in reversed(range(days))]


def beginning_of(day: date) -> datetime:
    """Return the first instant of `day`, aware."""
    return datetime(day.year, day.month, day.day, tzinfo=get_default_timezone())


def local_time_before(until: datetime, days: int) -> datetime:
    """Return the instant `days` days before `until` at the same time of day, aware."""
    return until.astimezone(get_default_timezone()) - timedelta(days=days)
