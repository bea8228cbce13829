"""Delivers the change log to webhooks: in order, at least once, each endpoint independently.

A delivery is stored with its message id before it is sent, in the transaction that moves the
endpoint's cursor. So after a worker was killed, the next one sends the same delivery again and
omits nothing. One worker at a time holds an endpoint by a lease, and a former holder cannot write.
"""

import json
import logging
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_noop

from core.clock import now
from core.database.lease import free_lease, is_due
from core.database.prepared import has_row
from core.load.timing import note_duration
from core.text.sentences import Sentence
from core.tracing.spans import Span, SpanKind, is_tracing, span
from core.tracing.stored_context import ContextKind, stored_contexts
from segments.engine.members.change_log import CursorTooOld, changes_since, latest_cursor
from segments.lease import WAKE_AGAIN, LeaseLost, length
from segments.models import (
    ChangeKind,
    DeliveryState,
    MembershipChange,
    Segment,
    WebhookDelivery,
    WebhookEndpoint,
)
from segments.rules.website_limits.websites import changes_within, seen_within
from segments.webhooks.sending import NotSent, post
from segments.webhooks.signature import signed_headers
from segments.webhooks.topics import TOPICS, new_message_id

logger = logging.getLogger(__name__)

# The maximum number of changes in one delivery.
BATCH = 100
# The delays after failed attempts; a delivery that is still refused then, after some 16 hours, is
# given up.
DELAYS = tuple(timedelta(minutes=one) for one in (0.1, 0.5, 2, 10, 30, 120, 300, 480))
ATTEMPTS = len(DELAYS) + 1
# The name under which deliveries are timed.
DELIVERY = "webhook_delivery"
# A worker delivers to one endpoint for at most this time, then to others (seconds).
LONGEST = 20.0
GONE = 410
# The server is busy and does not refuse the delivery itself, so attempts are not limited.
BUSY = (429, 503)
# Columns that users may change while a worker delivers.
CHANGEABLE = ("url", "secret", "is_active", "all_segments", "sends_entered", "sends_left", "cursor")


def wake_waiting() -> None:
    """Wake a worker for each endpoint that has something to deliver and that no worker holds."""
    at = now()
    waiting = Q(deliveries__state=DeliveryState.WAITING)
    lately = Q(woken_at=None) | Q(woken_at__lte=at - WAKE_AGAIN)
    due = WebhookEndpoint.objects.filter(free_lease(at), lately).filter(
        Q(is_active=True) & is_due(at) & (waiting | Q(cursor__lt=latest_cursor()))
        | waiting & Q(deliveries__is_test=True)
    )
    for pk in due.distinct().values_list("pk", flat=True):
        WebhookEndpoint.objects.filter(pk=pk).update(woken_at=at)
        message = partial(current_app.send_task, "segments.deliver_webhooks", args=[pk])
        transaction.on_commit(message, robust=True)


def has_endpoints() -> bool:
    """Return whether there is any endpoint, so that something may have to be delivered."""
    return has_row("endpoints", WebhookEndpoint.objects.all)


def deliver(endpoint_id: int) -> None:
    """Deliver the waiting changes to an endpoint, unless a worker holds it; safe to call twice."""
    endpoint = _claim(endpoint_id)
    if endpoint is None:
        return
    try:
        ends = time.monotonic() + LONGEST
        for test in _waiting(endpoint).filter(is_test=True):
            _attempt(endpoint, test)
        while _may_begin(endpoint) and time.monotonic() < ends:
            delivery = _next(endpoint)
            if delivery is None or not _attempt(endpoint, delivery):
                break
    except (LeaseLost, WebhookEndpoint.DoesNotExist):
        logger.warning("Webhook %s: its lease was lost", endpoint_id)
    finally:
        _held(endpoint).update(lease_expires_at=None, woken_at=None)


def purge_deliveries() -> None:
    """Delete deliveries that are older than `settings.KEEP_DELIVERIES_DAYS` and do not wait."""
    before = now() - timedelta(days=settings.KEEP_DELIVERIES_DAYS)
    old = WebhookDelivery.objects.exclude(state=DeliveryState.WAITING).filter(created_at__lt=before)
    old._raw_delete(old.db)


def new_delivery(endpoint: WebhookEndpoint, sequences: list[int], **values: Any) -> WebhookDelivery:
    """Store a new delivery of the changes with these sequence numbers to `endpoint`."""
    return WebhookDelivery.objects.create(
        endpoint=endpoint,
        message_id=new_message_id(),
        sequences=sequences,
        created_at=now(),
        **values,
    )


def _claim(endpoint_id: int) -> WebhookEndpoint | None:
    at = now()
    free = WebhookEndpoint.objects.filter(free_lease(at), pk=endpoint_id)
    with transaction.atomic():
        if not free.update(fencing=F("fencing") + 1, lease_expires_at=at + _lease()):
            return None
        return WebhookEndpoint.objects.get(pk=endpoint_id)


def _lease() -> timedelta:
    """Return the length of the lease; an attempt, with resolving the name, takes less."""
    return max(length(), timedelta(seconds=settings.WEBHOOK_TIMEOUT_SECONDS) * 3)


def _may_begin(endpoint: WebhookEndpoint) -> bool:
    endpoint.refresh_from_db(fields=CHANGEABLE)
    if not endpoint.is_active:
        return False
    return endpoint.not_before is None or endpoint.not_before <= now()


def _held(endpoint: WebhookEndpoint) -> QuerySet[WebhookEndpoint]:
    return WebhookEndpoint.objects.filter(pk=endpoint.pk, fencing=endpoint.fencing)


def _write(endpoint: WebhookEndpoint, **values: Any) -> None:
    """Write `values` and extend the lease. Raises LeaseLost where another worker holds it."""
    if not _held(endpoint).update(lease_expires_at=now() + _lease(), **values):
        raise LeaseLost(endpoint.pk)
    for name, value in values.items():
        setattr(endpoint, name, value)


def _waiting(endpoint: WebhookEndpoint) -> QuerySet[WebhookDelivery]:
    return endpoint.deliveries.filter(state=DeliveryState.WAITING).order_by("pk")


def _next(endpoint: WebhookEndpoint) -> WebhookDelivery | None:
    """Return the next stored delivery, or store one for new changes; None without changes."""
    waiting = _waiting(endpoint).filter(is_test=False).first()
    if waiting is not None:
        return waiting
    latest = latest_cursor()
    try:
        found = changes_since(endpoint.cursor, among=_wanted(endpoint), limit=BATCH)
    except CursorTooOld:
        _disable(
            endpoint,
            gettext_noop(
                "Changes were deleted before they could be delivered: compare with the members."
            ),
        )
        return None
    with transaction.atomic():
        if len(found) < BATCH:
            # `found` may have changes newer than `latest`: the cursor moves past them, too.
            _write(endpoint, cursor=max(latest, *(one.sequence for one in found), endpoint.cursor))
        else:
            _write(endpoint, cursor=found[-1].sequence)
        return new_delivery(endpoint, [one.sequence for one in found]) if found else None


def _wanted(endpoint: WebhookEndpoint) -> Q:
    kinds = [ChangeKind.ENTERED] * endpoint.sends_entered + [ChangeKind.LEFT] * endpoint.sends_left
    wanted = Q(kind__in=kinds)
    chosen = Segment.objects.all() if endpoint.all_segments else endpoint.segments.all()
    segments: QuerySet[Segment] = chosen
    if (websites := endpoint.allowed_websites) is not None:
        wanted &= changes_within(websites) or Q()
        segments = seen_within(segments, websites)
    elif endpoint.all_segments:
        return wanted
    return wanted & Q(segment__in=segments.values("pk"))


def _attempt(endpoint: WebhookEndpoint, delivery: WebhookDelivery) -> bool:
    """Send `delivery` and store the result; return whether the next delivery may follow."""
    _write(endpoint)
    error: str | Sentence = ""
    # The limit may be younger than the queued message.
    if delivery.topic and endpoint.allowed_websites is not None:
        error = gettext_noop("Its creator is limited to websites; the message is about all.")
        return _note(endpoint, delivery, state=DeliveryState.DEAD, error=error)
    body = _body(delivery)
    if body is None:
        error = gettext_noop("The changes have been deleted.")
        return _note(endpoint, delivery, state=DeliveryState.DEAD, error=error)
    at = now()
    headers = signed_headers(endpoint.secret, delivery.message_id, at, body)
    status: int | None = None
    try:
        with note_duration(DELIVERY), _trace_attempt(endpoint, delivery) as attempt:
            if attempt.traceparent:
                headers["traceparent"] = attempt.traceparent
            status = post(endpoint.url, body, headers)
            attempt.set(**{"http.response.status_code": status})
        if 300 <= status < 400:
            error = gettext_noop("Redirects are not followed.")
        elif not 200 <= status < 300:
            error = gettext_noop("Refused.")
    except NotSent as refusal:
        error = refusal.reason
    delivery.attempts += 1
    told = {"attempts": delivery.attempts, "attempted_at": at, "status_code": status}
    if not error:
        healthy = {"failing_since": None, "not_before": None, "delivered_at": now()}
        return _note(endpoint, delivery, healthy, state=DeliveryState.DELIVERED, error="", **told)
    return _record_failure(endpoint, delivery, at, error=error, **told)


def _trace_attempt(
    endpoint: WebhookEndpoint, delivery: WebhookDelivery
) -> AbstractContextManager[Span]:
    """Trace the attempt, with the span that evaluated the first of its customers as the parent."""
    return span("webhook.deliver", kind=SpanKind.CLIENT, webhook=endpoint.pk, **_causes(delivery))


def _causes(delivery: WebhookDelivery) -> dict[str, Any]:
    if not is_tracing() or delivery.topic or delivery.is_test:
        return {}
    changes = MembershipChange.objects.filter(pk__in=delivery.sequences, run=None)
    told = list(changes.values_list("customer_id", "at"))
    customers = {customer for customer, _at in told if customer is not None}
    instants = {at for _customer, at in told}
    found = stored_contexts(ContextKind.JUDGED, customers, at=instants)
    return {"parent": found[0], "links": found[1:]} if found else {}


def _record_failure(
    endpoint: WebhookEndpoint, delivery: WebhookDelivery, at: datetime, **told: Any
) -> bool:
    if delivery.is_test:
        return _note(endpoint, delivery, state=DeliveryState.DEAD, **told)
    since = endpoint.failing_since or at
    status = told["status_code"]
    is_refused = status is not None and status not in BUSY
    if is_refused and delivery.attempts >= ATTEMPTS:
        _note(endpoint, delivery, {"failing_since": since}, state=DeliveryState.DEAD, **told)
    else:
        later = at + DELAYS[min(delivery.attempts, len(DELAYS)) - 1]
        _note(endpoint, delivery, {"failing_since": since, "not_before": later}, **told)
    if status == GONE:
        _disable(endpoint, gettext_noop("The server says that nobody is there any more (410)."))
    elif at - since >= timedelta(hours=settings.WEBHOOK_DISABLE_HOURS):
        text = gettext_noop("Nothing could be delivered for %(hours)s hours.")
        _disable(endpoint, Sentence(text, {"hours": settings.WEBHOOK_DISABLE_HOURS}))
    return False


def _note(
    endpoint: WebhookEndpoint,
    delivery: WebhookDelivery,
    endpoint_values: dict[str, Any] | None = None,
    **values: Any,
) -> bool:
    with transaction.atomic():
        _write(endpoint, **(endpoint_values or {}))
        WebhookDelivery.objects.filter(pk=delivery.pk).update(**values)
    return True


def _disable(endpoint: WebhookEndpoint, reason: str | Sentence) -> None:
    logger.error("Webhook %s is off: %s", endpoint.pk, reason)
    _write(endpoint, is_active=False, disabled_reason=reason)


def _body(delivery: WebhookDelivery) -> bytes | None:
    """Return the body of `delivery`, the same each time; None where all its changes are deleted."""
    if delivery.is_test:
        return _document("test", delivery, {})
    if delivery.topic:
        topic = TOPICS.find(delivery.topic)
        data = topic.body(delivery.sequences) if topic else None
        return None if data is None else _document(delivery.topic, delivery, data)
    rows = MembershipChange.objects.filter(pk__in=delivery.sequences).select_related("segment")
    changes = [
        {
            "sequence": change.sequence,
            "segment": change.segment.code,
            "customer": change.customer_external_id,
            "kind": change.kind,
            "reason": change.reason,
            "at": _instant(change.at),
        }
        for change in rows.order_by("sequence")
    ]
    return _document("members.changed", delivery, {"changes": changes}) if changes else None


def _document(kind: str, delivery: WebhookDelivery, data: Mapping[str, Any]) -> bytes:
    body = {"type": kind, "timestamp": _instant(delivery.created_at), "data": data}
    return json.dumps(body).encode()


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
