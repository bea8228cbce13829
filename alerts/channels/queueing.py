"""Messages written down when alerts open and end, in the transaction of the alerts."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import F
from django.utils.timezone import get_default_timezone, localtime
from django.utils.translation import gettext_noop

from alerts.models import (
    Alert,
    AlertChannel,
    AlertMessage,
    ChannelKind,
    Digest,
    MessageEvent,
    MessageState,
    MutedSegment,
)
from core.access.website_limits import is_limited

# The daily message leaves so many hours after the nightly refresh: all sizes are judged by then.
DAILY_AFTER = 2
CREATOR_DELETED = gettext_noop(
    "Its creator, who is deleted, was limited to websites; alerts are about all websites."
)


def queue_messages(alerts: Iterable[Alert], event: MessageEvent, at: datetime) -> None:
    """Write down a message for each channel that wants the alert, unless its segment is muted.

    `alerts` have their segments selected. A message that is there already is not written again.
    """
    alerts = list(alerts)
    channels = list(AlertChannel.objects.filter(is_active=True)) if alerts else []
    if not channels:
        return
    muted = set(
        MutedSegment.objects.filter(
            until__gt=at, segment__in=[one.segment_id for one in alerts if one.segment_id]
        ).values_list("segment", flat=True)
    )
    AlertMessage.objects.bulk_create(
        (
            AlertMessage(
                channel=channel,
                alert=alert,
                event=event,
                created_at=at,
                not_before=next_digest(at) if channel.digest == Digest.DAILY else at,
            )
            for channel in channels
            for alert in alerts
            if alert.segment_id not in muted and _wants(channel, alert)
        ),
        ignore_conflicts=True,
    )


def turn_off_channels(sender: Any, instance: User, **kwargs: Any) -> None:
    """Turn off the webhooks and chats of a limited user who is deleted; receives `pre_delete`.

    Afterwards nothing would say that their address may not get alerts about all websites. Waiting
    messages are given up: they would all leave when somebody turns the channel on.
    """
    if is_limited(instance):
        channels = AlertChannel.objects.exclude(kind=ChannelKind.MAIL).filter(created_by=instance)
        waiting = AlertMessage.objects.filter(channel__in=channels, state=MessageState.WAITING)
        waiting.update(state=MessageState.GIVEN_UP)
        channels.update(is_active=False, error=CREATOR_DELETED, version=F("version") + 1)


def next_digest(at: datetime) -> datetime:
    """Return when the next daily messages leave after `at` (aware)."""
    hour = (settings.NIGHTLY_REFRESH_HOUR + DAILY_AFTER) % 24
    local = localtime(at, get_default_timezone())
    due = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return due if due > local else due + timedelta(days=1)


def _wants(channel: AlertChannel, alert: Alert) -> bool:
    if alert.kind not in channel.kinds:
        return False
    if channel.segments is None:
        return True
    return alert.segment is not None and alert.segment.code in channel.segments
