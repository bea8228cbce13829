"""What it costs to judge a segment's customers: measured, on a batch's worth of customers.

A segment that takes long over a batch would make every other segment wait for it; a costly one is
therefore asked in a lane of its own (`segments.engine.costly_segments`). Most of the cost does not
depend on how many customers are asked about: compiling a tree of 200 nodes and planning its query
take longer than running it.
"""

import time
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import Max, Min, Q
from django.utils.translation import gettext as _

from core.clock import now
from core.database.replicas import reading_alias
from core.database.time_limit import TookTooLong, time_limit
from customers.models import Customer
from segments.rules.judging import BATCH, judged
from segments.rules.rule import Rule

# A statement about a batch in several segments that takes longer (seconds) has a costly one in it.
EXPECTED = 1.0
# What takes longer is costly enough: it is not measured to its end (seconds).
LONGEST = 10.0
TRIES, BEYOND_DOUBT = 3, 10
MANY_NODES = 20
# A costly segment is at work for this part of the time at most, and rests for so long at least.
RESTS = 10
SHORTEST_REST, LONGEST_REST = timedelta(seconds=2), timedelta(minutes=10)


def seconds_for_a_batch(rule: Rule, *, longest: float = LONGEST, tries: int = TRIES) -> float:
    """Return how many seconds it takes to judge a batch of customers by `rule`, `longest` at most.

    Asks about a stretch of customers in the middle of all, and writes nothing. One that seems
    costly is asked again: the machine may have been busy with something else.
    """
    found = longest
    for _again in range(tries):
        found = min(found, _seconds_once(rule, longest))
        if found < settings.COSTLY_SECONDS or found > BEYOND_DOUBT * settings.COSTLY_SECONDS:
            break
    return found


def _seconds_once(rule: Rule, longest: float) -> float:
    started = time.monotonic()
    try:
        with time_limit(started + longest):
            only = Customer.objects.filter(_stretch()).values("pk")
            started = time.monotonic()
            sql, params = judged({rule.segment_id: rule}, only, as_of=now(), rolled_up=True)
            with connections[reading_alias()].cursor() as cursor:
                cursor.execute(sql, params)
                cursor.fetchall()
    except EmptyResultSet:
        pass
    except TookTooLong:
        return longest
    return time.monotonic() - started


def cost_of_unsaved(rule: Rule, deadline: float) -> float | None:
    """Return the same of a definition that is being built, asked until `deadline` (monotonic).

    None where that is not known: it takes longer than there is time. A tree of few nodes is not
    asked at all: what it costs is said when it is saved and refreshed.
    """
    left = deadline - time.monotonic()
    if sum(1 for _node in rule.tree.walk()) < MANY_NODES or left < settings.COSTLY_SECONDS:
        return None
    return seconds_for_a_batch(rule, longest=min(left, LONGEST), tries=1)


def rest_of(seconds: float) -> timedelta:
    """Return how long a costly segment rests that takes `seconds` for a batch."""
    return min(max(timedelta(seconds=seconds * RESTS), SHORTEST_REST), LONGEST_REST)


def cost_said(seconds: float | None) -> str:
    """Return for merchants how soon changes reach a segment of that cost; "" where at once."""
    if seconds is None or seconds < settings.COSTLY_SECONDS:
        return ""
    return _(
        "These conditions take long to check, so that changes reach the members about every "
        "%(rest)d seconds instead of at once."
    ) % {"rest": round(rest_of(seconds).total_seconds())}


def _stretch() -> Q:
    """Return which customers are asked about: as many as a batch has, neither new nor old ones."""
    ends = Customer.objects.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["first"] is None:
        return Q(pk__lt=0)
    by_id = Customer.objects.order_by("pk").values_list("pk", flat=True)
    ids = list(by_id.filter(pk__gte=(ends["first"] + ends["last"]) // 2)[:BATCH])
    return Q(pk__gte=ids[0], pk__lte=ids[-1])
