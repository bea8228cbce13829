"""The backlog of deliveries to webhooks for /metrics."""

import math
from datetime import datetime

from django.db.models import Count, Min, Q

from core.database.lease import is_due
from core.load.backlog import Backlog, Waiting, timed_waiting
from core.load.schedule import WEBHOOKS
from segments.engine.members.change_log import latest_cursor
from segments.models import DeliveryState, MembershipChange, WebhookEndpoint
from segments.webhooks.delivery import BATCH, DELIVERY


def waiting_deliveries(at: datetime) -> Waiting:
    """Return the deliveries that wait at `at`, including those not created yet for new changes.

    Inactive webhooks, and those that wait for the retry after a failure, do not count.
    """
    waiting = Q(deliveries__state=DeliveryState.WAITING)
    endpoints = list(
        WebhookEndpoint.objects.filter(is_due(at), is_active=True).annotate(
            items=Count("deliveries", filter=waiting),
            oldest=Min("deliveries__created_at", filter=waiting),
        )
    )
    if not endpoints:
        return Waiting(0)
    latest = latest_cursor()
    behind = [one.cursor for one in endpoints if one.cursor < latest]
    items = sum(one.items for one in endpoints)
    items += sum(math.ceil((latest - cursor) / BATCH) for cursor in behind)
    since = [one.oldest for one in endpoints if one.oldest is not None]
    if behind:
        log = MembershipChange.objects.filter(sequence__gt=min(behind)).order_by("sequence")
        since += log.values_list("at", flat=True)[:1]
    return timed_waiting(DELIVERY, items, min(since, default=None))


DELIVERIES = Backlog("deliveries", WEBHOOKS, waiting_deliveries)
