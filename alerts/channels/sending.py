"""Waiting messages sent, one worker a channel: again for 24 hours, then given up."""

import logging
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import translation
from django.utils.translation import gettext_noop

from alerts.audit import CHANNEL
from alerts.channels.contents import SINGLE
from alerts.channels.transports import send_messages
from alerts.models import AlertChannel, AlertMessage, Digest, MessageEvent, MessageState
from core.audit import AuditAction, record
from core.clock import now
from core.database.lease import free_lease
from core.text.sentences import Sentence
from segments.webhooks.sending import NotSent

logger = logging.getLogger(__name__)

GIVEN_UP_AFTER = timedelta(hours=24)
# After each failed attempt; the last one is repeated.
DELAYS = tuple(timedelta(minutes=one) for one in (1, 5, 15, 60))
# Each delivery and each mail renews the lease; both take much less time.
LEASE = timedelta(minutes=10)


class LeaseLost(Exception):
    """Another worker sends to the channel by now."""


def send_waiting() -> None:
    """Send what is due to each channel; a channel that fails stops no other."""
    due = AlertMessage.objects.filter(
        channel=OuterRef("pk"), state=MessageState.WAITING, not_before__lte=now()
    )
    for channel in AlertChannel.objects.filter(Exists(due)):
        try:
            send_to(channel)
        except Exception:
            logger.exception("The alert channel %s failed", channel.pk)


def send_to(channel: AlertChannel) -> None:
    """Send what is due to `channel`, unless another worker does."""
    at = now()
    free = AlertChannel.objects.filter(free_lease(at), pk=channel.pk)
    channel.lease_expires_at = at + LEASE
    if not free.update(lease_expires_at=channel.lease_expires_at):
        return
    try:
        waiting = AlertMessage.objects.filter(
            channel=channel, state=MessageState.WAITING, not_before__lte=at
        )
        if not channel.is_active:
            waiting = waiting.filter(event=MessageEvent.TEST)
        due = list(waiting.select_related("alert__segment", "alert__resolved_by").order_by("pk"))
        # The site's language, as the message has no particular reader.
        with translation.override(settings.LANGUAGE_CODE):
            for messages in _group_deliveries(channel, due):
                _renew_lease(channel)
                _attempt(channel, messages, at)
    except LeaseLost:
        logger.warning("The alert channel %s is sent to by another worker", channel.pk)
    finally:
        _held_lease(channel).update(lease_expires_at=None)


def test_channel(channel: AlertChannel, author: User) -> AlertMessage:
    """Write down a test for `channel`, sent within a minute, also where it is off; audited."""
    at = now()
    with transaction.atomic():
        record(
            author, AuditAction.CHANGED, CHANNEL, str(channel.pk), after={"test": at.isoformat()}
        )
        return AlertMessage.objects.create(
            channel=channel, event=MessageEvent.TEST, created_at=at, not_before=at
        )


def _group_deliveries(
    channel: AlertChannel, due: Sequence[AlertMessage]
) -> Iterable[list[AlertMessage]]:
    """Yield the messages of each delivery; messages that were tried together stay together."""
    tried = [one for one in due if one.message_id]
    for _id, together_before in groupby(
        sorted(tried, key=lambda one: (one.message_id, one.pk)), key=lambda one: one.message_id
    ):
        yield list(together_before)
    new = [one for one in due if not one.message_id]
    yield from ([one] for one in new if one.event == MessageEvent.TEST)
    new = [one for one in new if one.event != MessageEvent.TEST]
    together = channel.digest == Digest.DAILY or len(new) > SINGLE
    yield from [new] if together and new else [[one] for one in new]


def _held_lease(channel: AlertChannel) -> QuerySet[AlertChannel]:
    """Return the row of `channel` while this worker holds its lease, which its end identifies."""
    return AlertChannel.objects.filter(pk=channel.pk, lease_expires_at=channel.lease_expires_at)


def _renew_lease(channel: AlertChannel) -> None:
    """Renew the lease of this worker; raises LeaseLost where another worker has taken it."""
    until = now() + LEASE
    if not _held_lease(channel).update(lease_expires_at=until):
        raise LeaseLost
    channel.lease_expires_at = until


def _attempt(channel: AlertChannel, messages: list[AlertMessage], at: datetime) -> None:
    if not messages[0].message_id:
        # Stored before it is sent: a worker that goes on after a kill sends the same again.
        message_id = f"alert_{secrets.token_hex(16)}"
        AlertMessage.objects.filter(pk__in=[one.pk for one in messages]).update(
            message_id=message_id
        )
        for one in messages:
            one.message_id = message_id
    rows = AlertMessage.objects.filter(pk__in=[one.pk for one in messages])

    def note_reached(reader: str) -> None:
        _renew_lease(channel)
        messages[0].reached.append(reader)
        rows.update(reached=messages[0].reached)

    error: str | Sentence = ""
    try:
        send_messages(channel, messages, at, note_reached)
    except NotSent as refusal:
        error = refusal.reason
    except LeaseLost:
        raise
    except Exception:
        # Otherwise it would keep the channel's other messages, and be tried for ever.
        logger.exception("The alert channel %s failed", channel.pk)
        error = gettext_noop("Something went wrong here; it is logged.")
    attempts = messages[0].attempts + 1
    with transaction.atomic():
        if not error:
            rows.update(state=MessageState.SENT, attempts=attempts, sent_at=at)
            AlertChannel.objects.filter(pk=channel.pk).update(delivered_at=at, error="")
            return
        later = at + DELAYS[min(attempts, len(DELAYS)) - 1]
        # A daily message has waited long before its first attempt.
        first = messages[0].tried_at or at
        is_last = later - first > GIVEN_UP_AFTER or messages[0].event == MessageEvent.TEST
        state = MessageState.GIVEN_UP if is_last else MessageState.WAITING
        rows.update(state=state, attempts=attempts, not_before=later, tried_at=first)
        AlertChannel.objects.filter(pk=channel.pk).update(error=error)
