"""Measures the cost of evaluating a segment, on as many customers as a batch has.

Every other segment would have to wait for a segment that takes long over a batch; a costly segment
is therefore updated in a lane of its own (`engine.live_changes`). Most of the cost does
not depend on the number of customers: compiling a tree of 200 nodes and planning its query take
longer than executing it.
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
from segments.rules.evaluation.judging import BATCH, judging_statement
from segments.rules.evaluation.rule import Rule

# A statement for a batch and several segments that takes longer (seconds) has a costly segment.
EXPECTED = 1.0
# The measurement ends after this time (seconds), because the segment is costly anyway.
LONGEST = 10.0
TRIES, BEYOND_DOUBT = 3, 10
MANY_NODES = 20
# A costly segment rests `RESTS` times as long as it works, within these limits.
RESTS = 10
SHORTEST_REST, LONGEST_REST = timedelta(seconds=2), timedelta(minutes=10)


def seconds_for_a_batch(rule: Rule, *, longest: float = LONGEST, tries: int = TRIES) -> float:
    """Return the seconds that evaluating a batch of customers by `rule` takes, at most `longest`.

    Costly segments are updated in a lane of their own. Evaluates a range of customers in the middle
    of all, and writes nothing. Measures up to `tries` times and returns the shortest time, because
    the machine may have been busy; stops where the rule is clearly cheap or clearly costly. A
    statement that the time limit ends counts as `longest`.
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
            sql, params = judging_statement(
                {rule.segment_id: rule}, only, as_of=now(), rolled_up=True
            )
            with connections[reading_alias()].cursor() as cursor:
                cursor.execute(sql, params)
                cursor.fetchall()
    except EmptyResultSet:
        pass
    except TookTooLong:
        return longest
    return time.monotonic() - started


def cost_of_unsaved(rule: Rule, deadline: float) -> float | None:
    """Return `seconds_for_a_batch` of an unsaved definition; measure until `deadline` (monotonic).

    None where too little time is left. None also for a tree with fewer than `MANY_NODES` nodes,
    which is measured only when it is saved and refreshed.
    """
    left = deadline - time.monotonic()
    if sum(1 for _node in rule.tree.walk()) < MANY_NODES or left < settings.COSTLY_SECONDS:
        return None
    return seconds_for_a_batch(rule, longest=min(left, LONGEST), tries=1)


def rest_of(seconds: float) -> timedelta:
    """Return the rest after each turn of a costly segment that takes `seconds` for a batch."""
    return min(max(timedelta(seconds=seconds * RESTS), SHORTEST_REST), LONGEST_REST)


def cost_sentence(seconds: float | None) -> str:
    """Return, in words, how soon changes reach a segment of that cost; "" if they do at once."""
    if seconds is None or seconds < settings.COSTLY_SECONDS:
        return ""
    return _(
        "These conditions take long to check, so that changes reach the members about every "
        "%(rest)d seconds instead of at once."
    ) % {"rest": round(rest_of(seconds).total_seconds())}


def _stretch() -> Q:
    """Return the condition for the measured customers: a batch of ids in the middle of all ids."""
    ends = Customer.objects.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["first"] is None:
        return Q(pk__lt=0)
    by_id = Customer.objects.order_by("pk").values_list("pk", flat=True)
    ids = list(by_id.filter(pk__gte=(ends["first"] + ends["last"]) // 2)[:BATCH])
    return Q(pk__gte=ids[0], pk__lte=ids[-1])
