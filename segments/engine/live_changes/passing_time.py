"""Marks the customers who may have entered or left a segment because time has passed.

The only state is the end of the last sweep: a late sweep covers a longer period. Marked customers
are evaluated by `segments.engine.live_changes.changed_customers`, so marking too many does no harm.
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
from segments.engine.refreshes.runs import leave_to_refresh
from segments.models import RefreshRun, Segment, Watermark
from segments.models.work.watermark import OVERLAP, Work, swept_until
from segments.rules.evaluation.rule import rule_of

logger = logging.getLogger(__name__)

DIRTY = DirtyCustomer._meta.db_table


def sweep() -> int:
    """Mark the customers affected by the time since the last sweep; return the number of marks.

    Runs in one transaction. Does nothing while another sweep is running. The very first sweep only
    stores the time, because segments are refreshed completely before they are kept current.
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
    """Return the segments that are kept current, or will be when their running refresh ends."""
    refreshing = RefreshRun.objects.unfinished().exclude(lease_expires_at=None)
    soon = Segment.objects.automatic().filter(pk__in=refreshing.values("segment"))
    return Segment.objects.kept_current() | soon


def _mark(segment: Segment, earlier: datetime, later: datetime) -> int:
    try:
        rule = rule_of(segment)
    except InvalidTree:
        logger.exception("Segment %s cannot be kept current", segment.code)
        leave_to_refresh([segment])  # The run reports the error.
        return 0
    before, after = (context_at(at, rule.scope) for at in (earlier, later))
    customers = flipped_customers(rule.tree, before, after)
    if segment.compares_customers:
        # One marked customer is enough, because such a segment is evaluated as a whole.
        return int(any(_insert(segment, ids[:1], later) for ids in customers))
    return sum(_insert(segment, ids.order_by().distinct(), later) for ids in customers)


def _insert(segment: Segment, ids: QuerySet[Any, Any], at: datetime) -> int:
    try:
        sql, params = statement_of(ids)
    except EmptyResultSet:  # No condition crosses a time boundary: the usual case.
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
