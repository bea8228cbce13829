"""The intake of the shop's data: whether data arrives as often as usual."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import TruncDate
from django.utils.timezone import get_default_timezone, localdate

from alerts.failures.findings import FailureCheck, Finding
from alerts.models import AlertKind, NoticedImport
from customers.models import Order, ReceivedEvent

# A day, and the hours by which a nightly import may be late.
A_DAY = timedelta(hours=26)
HABIT = timedelta(days=28)
# Fewer days with data in four weeks are no habit.
LEAST_DAYS = 7


def find_missing_intake(at: datetime) -> Iterator[Finding]:
    """Yield one finding where nothing comes in for longer than is usual.

    Events, imports and orders count. Usual is the longest stretch of days without any of them in
    the four weeks before the last one.
    """
    sources: tuple[tuple[QuerySet[Any], str], ...] = (
        (ReceivedEvent.objects.all(), "at"),
        (NoticedImport.objects.all(), "at"),
        (Order.objects.all(), "created_at"),
    )
    for rows, column in sources:
        if rows.filter(**{f"{column}__gt": at - A_DAY, f"{column}__lte": at}).exists():
            return
    days: set[date] = set()
    for rows, column in sources:
        lately = rows.filter(**{f"{column}__gt": at - 2 * HABIT, f"{column}__lte": at - A_DAY})
        in_zone = TruncDate(column, tzinfo=get_default_timezone())
        days |= set(lately.order_by().values_list(in_zone, flat=True).distinct())
    if not days:
        return
    last = max(days)
    usual = sorted(one for one in days if one > last - HABIT)
    if len(usual) < LEAST_DAYS:
        return
    longest = max((later - earlier).days for earlier, later in pairwise(usual))
    if (localdate(at, get_default_timezone()) - last).days > longest:
        yield Finding(AlertKind.NOTHING_COMES_IN, details={"since": last.isoformat()})


INTAKE = FailureCheck(AlertKind.NOTHING_COMES_IN, find_missing_intake)
