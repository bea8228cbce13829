"""Marks the customers whom passing time may have moved into a segment, or out of it.

Nothing is stored but up to when that was looked at: a late sweep looks at a longer stretch of time.
Whoever is marked is judged again by `segments.engine.changed_customers`; marking too many does no
harm.
"""

import logging
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import QuerySet

from conditions.errors import InvalidTree
from conditions.sql.scope import context_at
from conditions.sql.statement import statement_of
from conditions.upkeep.flips import flipped_customers
from core.clock import now
from customers.models import DirtyCustomer, DirtyReason
from segments.database.locks import try_lock_sweep
from segments.engine.runs import leave_to_refresh
from segments.models import RefreshRun, Segment, Watermark
from segments.models.watermark import OVERLAP, Work, swept_until
from segments.rules.rule import rule_of

logger = logging.getLogger(__name__)

DIRTY = DirtyCustomer._meta.db_table


def sweep() -> int:
    """Mark whom time has moved since the last sweep, in one transaction; return how many marks.

    Does nothing where another sweep is under way. The first sweep of all only notes the time:
    segments are refreshed as a whole before they are kept current.
    """
    with transaction.atomic():
        if not try_lock_sweep():
            return 0
        later = now()
        earlier = swept_until()
        Watermark.objects.update_or_create(name=Work.SWEEP, defaults={"at": later})
        if earlier is None or earlier >= later:
            return 0
        segments = _segments().prefetch_related("websites", "customer_groups")
        return sum(_mark(segment, earlier - OVERLAP, later) for segment in segments)


def _segments() -> QuerySet[Segment]:
    """Return those that are kept current, or will be when the refresh that is under way ends."""
    refreshing = RefreshRun.objects.unfinished().exclude(lease_expires_at=None)
    soon = Segment.objects.automatic().filter(pk__in=refreshing.values("segment"))
    return Segment.objects.kept_current() | soon


def _mark(segment: Segment, earlier: datetime, later: datetime) -> int:
    try:
        rule = rule_of(segment)
    except InvalidTree:
        logger.exception("Segment %s cannot be kept current", segment.code)
        leave_to_refresh([segment])  # Its run says what is wrong.
        return 0
    before, after = (context_at(at, rule.scope) for at in (earlier, later))
    customers = flipped_customers(rule.tree, before, after)
    if segment.compares_customers:
        # Any one of them has all others compared again.
        return int(any(_insert(segment, ids[:1], later) for ids in customers))
    return sum(_insert(segment, ids.order_by().distinct(), later) for ids in customers)


def _insert(segment: Segment, ids: QuerySet[Any, Any], at: datetime) -> int:
    try:
        sql, params = statement_of(ids)
    except EmptyResultSet:  # No time has crossed anything: the usual case, and no query.
        return 0
    marked: list[Any] = [
        segment.pk,
        DirtyReason.TIME.value,
        connection.ops.adapt_datetimefield_value(at),
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {DIRTY} (customer_id, segment_id, reason, at) "
            f"SELECT flipped.*, %s, %s, %s FROM ({sql}) flipped",
            [*marked, *params],
        )
        return int(cursor.rowcount)
