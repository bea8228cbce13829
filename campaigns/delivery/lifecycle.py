"""Sending, pausing, resuming and cancelling campaigns, and deciding about uncertain messages."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.audience.freezing import (
    BEFORE,
    check_audience,
    check_expected,
    check_sendable,
    freeze,
    lock_campaign,
)
from campaigns.audience.judging import audience_of
from campaigns.audience.scope import estimate_selected, resolve_scope, segments_to_use
from campaigns.audit import CAMPAIGN, MESSAGE
from campaigns.delivery.sent_messages import hold_customer, mark_sent
from campaigns.models import Campaign, CampaignState, Message, MessageState
from core.audit import record
from customers.models import AuditAction

# A larger audience is frozen in the background, by the periodic task.
FREEZE_AT_ONCE = 20_000


class WrongState(ValueError):
    """An action that the `state` of a campaign or message does not allow."""

    def __init__(self, state: str) -> None:
        self.state = state
        super().__init__(_("That is not possible any more: the state is “%(s)s”.") % {"s": state})


def send(
    campaign: Campaign,
    at: datetime,
    *,
    expected: int | None,
    author: Any,
    before: Callable[[Campaign], None] | None = None,
) -> Campaign:
    """Send `campaign`: now, or at its `send_at` if that is later than `at`.

    A campaign that is already being sent stays as it is. Raises NotSent without freezing anything
    where the number of recipients is not `expected`, where there are none, or where none could use
    its coupon; and WrongState for a cancelled campaign. `before` is called with the locked row, and
    may raise.
    """
    is_later = campaign.is_later_than(at)
    is_small = not is_later and estimate_selected(resolve_scope(campaign)) <= FREEZE_AT_ONCE
    with transaction.atomic():
        # Lock the segments before the campaign's row, so that none is deleted concurrently.
        segments_to_use([*campaign.segments, *campaign.exclude_segments])
        if before is not None:
            before(lock_campaign(campaign.pk))
        if is_small and campaign.state != CampaignState.CANCELLED:
            return freeze(campaign, at, expected=expected, author=author).campaign
        stored = lock_campaign(campaign.pk)
        if stored.state not in BEFORE:
            if stored.state == CampaignState.CANCELLED:
                raise WrongState(stored.state)
            check_expected(expected, stored.eligible)
            return stored
        check_sendable(stored)
        audience = audience_of(stored, as_of=at)
        check_audience(stored, audience, expected)
        state = CampaignState.SCHEDULED if is_later else CampaignState.FREEZING
        _become(stored, state, author=author)
    return stored


def pause(campaign: Campaign, *, author: Any) -> Campaign:
    """Stop sending `campaign` for now; raises WrongState where it is not being sent."""
    return _move(campaign, {CampaignState.SENDING}, CampaignState.PAUSED, author=author)


def resume(campaign: Campaign, *, author: Any) -> Campaign:
    """Go on sending a paused campaign; raises WrongState."""
    return _move(campaign, {CampaignState.PAUSED}, CampaignState.SENDING, author=author)


def cancel(campaign: Campaign, at: datetime, *, author: Any) -> Campaign:
    """End `campaign`: what has not left yet is skipped. Raises WrongState where it has ended.

    A message that is being handed over at this instant is finished.
    """
    with transaction.atomic():
        stored = lock_campaign(campaign.pk)
        if stored.state in (CampaignState.SENT, CampaignState.CANCELLED):
            raise WrongState(stored.state)
        _become(stored, CampaignState.CANCELLED, author=author, finished_at=at)
        Message.objects.filter(campaign=stored, state=MessageState.SCHEDULED).update(
            state=MessageState.SKIPPED, reason="cancelled"
        )
    return stored


def resolve(message: Message, decision: str, at: datetime, *, author: Any) -> Message:
    """Decide about an `uncertain` message: `sent`, or `again`, which sends it once more.

    Raises WrongState for a message that is not uncertain, and for `again` in a cancelled campaign.
    """
    with transaction.atomic():
        hold_customer(message)
        stored: Message = Message.objects.select_for_update().get(pk=message.pk)
        if stored.state != MessageState.UNCERTAIN:
            raise WrongState(stored.state)
        before = {"state": stored.state}
        if decision == "sent":
            mark_sent(stored, Message.objects.filter(pk=stored.pk))
        else:
            _reopen_campaign(stored)
            stored.state, stored.reason, stored.due_at = MessageState.SCHEDULED, "", at
            stored.lease_until = None
            stored.save(update_fields=["state", "reason", "due_at", "lease_until"])
        record(
            author,
            AuditAction.CHANGED,
            MESSAGE,
            str(stored.pk),
            before=before,
            after={"state": stored.state},
        )
    return stored


def _reopen_campaign(message: Message) -> None:
    """Reopen a sent campaign, for a message that is to be sent again."""
    if message.sequence_id is not None:
        return
    if message.campaign_id is None:
        raise WrongState(message.state)
    campaign = lock_campaign(message.campaign_id)
    if campaign.state == CampaignState.CANCELLED:
        raise WrongState(campaign.state)
    if campaign.state == CampaignState.SENT:
        _become(campaign, CampaignState.SENDING, author=None, finished_at=None)


def _move(
    campaign: Campaign, before: set[CampaignState], after: CampaignState, *, author: Any
) -> Campaign:
    with transaction.atomic():
        stored = lock_campaign(campaign.pk)
        if stored.state == after:
            return stored
        if stored.state not in before:
            raise WrongState(stored.state)
        _become(stored, after, author=author)
    return stored


def _become(campaign: Campaign, state: CampaignState, *, author: Any, **more: Any) -> None:
    before = {"state": campaign.state}
    campaign.state, campaign.pause_reason = state, ""
    for name, value in more.items():
        setattr(campaign, name, value)
    campaign.save()
    record(
        author, AuditAction.CHANGED, CAMPAIGN, campaign.code, before=before, after={"state": state}
    )
