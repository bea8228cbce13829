"""Daily engagement figures of each website, noted once when the local day is over.

Customers who refuse personalization are left out. Data that arrives later does not change a day
that is noted.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from django.db.models import Exists, OuterRef, Q, QuerySet

from conditions.language.windows import local_date, start_of_day
from core.clock import now
from core.database.fields import UNITS_PER_ONE
from customers.models import Customer, Website
from personalization.behavior.activity import done_by, tables
from personalization.engagement import level_of, score_units
from personalization.models import EngagementMetric
from personalization.profiles.interest_baseline import allowing, batches
from personalization.sessions import cut_sessions
from predictions.history.values import rounded

ONE_DAY, INSTANT = timedelta(days=1), timedelta(microseconds=1)
# The most days that are noted after a standstill.
MADE_UP_FOR = timedelta(days=31)
PLACES = 4


def note_days() -> int:
    """Note each day that is over and not noted yet; return the number of noted days."""
    count = 0
    for website in Website.objects.order_by("pk"):
        for day in _missing(website):
            row = metric_of(website, day)
            if row is not None:
                # Another process that notes the same day at the same time finds the same figures.
                EngagementMetric.objects.bulk_create([row], ignore_conflicts=True)
                count += 1
    return count


def metric_of(website: Website, day: date) -> EngagementMetric | None:
    """Return the figures of a local day of a website, not stored; None beyond the calendar."""
    since, until = (start_of_day(each, website.timezone) for each in (day, day + ONE_DAY))
    if since is None or until is None:
        return None
    customers = sessions = activities = scores = 0
    for keys in batches(_active(website, since, until)):
        done_of = done_by(keys, as_of=until - INSTANT)
        for done in done_of.values():
            if not any(one.is_activity and one.at >= since for one in done):
                continue
            begun = [one for one in cut_sessions(done) if one.started_at >= since]
            customers += 1
            sessions += len(begun)
            activities += sum(one.activities for one in begun)
            scores += score_units(level_of(done), until)
    return EngagementMetric(
        website=website,
        day=day,
        customers=customers,
        sessions=sessions,
        activities=_mean(activities, sessions),
        score=_mean(scores, customers * UNITS_PER_ONE),
    )


def _missing(website: Website) -> Iterator[date]:
    """Yield the days that are over, after the last noted day; without a noted day, yesterday."""
    yesterday = local_date(now(), website.timezone) - ONE_DAY
    noted = EngagementMetric.objects.filter(website=website).order_by("-day")
    last = noted.values_list("day", flat=True).first()
    first = yesterday if last is None else max(last, yesterday - MADE_UP_FOR) + ONE_DAY
    while first <= yesterday:
        yield first
        first += ONE_DAY


def _active(website: Website, since: datetime, until: datetime) -> QuerySet[Customer]:
    """Return the customers who may have been active in the period, by internal key."""
    chosen = Q()
    for model, (path, columns) in tables().items():
        within = {
            path: OuterRef("pk"),
            f"{columns[0]}__gte": since,
            f"{columns[0]}__lt": until,
        }
        chosen |= Q(Exists(model._default_manager.filter(**within)))
    return allowing().filter(chosen, website=website)


def _mean(total: int, count: int) -> Decimal | None:
    return rounded(Fraction(total, count), PLACES) if count else None
