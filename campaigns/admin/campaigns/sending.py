"""The contexts of the pages for sending: the audience, the obstacles, and the progress."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.forms import BoundField, ModelForm
from django.urls import reverse
from django.utils.translation import gettext as _

from campaigns.admin.campaigns.about import Named, properties_of
from campaigns.admin.campaigns.audience import (
    note_held_back,
    parameters_of,
    reasons_linked,
    recipients_url,
)
from campaigns.admin.campaigns.experiment_variants import to_be_tried, was_tried
from campaigns.admin.campaigns.obstacles import obstacle_of, obstacle_of_no_recipient
from campaigns.admin.campaigns.outcome import ENDED, outcome_of
from campaigns.admin.campaigns.winner import winner_panel
from campaigns.admin.sender import SenderForm
from campaigns.audience.freezing import NOT_RUNNING
from campaigns.audience.preflight_warnings import doubts_of
from campaigns.audience.projection import project_audience
from campaigns.audience.senders import stores_without_sender
from campaigns.editing.campaigns import CHANGED_SINCE
from campaigns.models import Campaign, CampaignState, MailSender, MessageReason, MessageState
from campaigns.results.reports import report_of
from campaigns.words import reason_counts_texts, reason_text, refusal_text
from core.admin.next_page import NEXT
from core.text.formats import number_shown
from customers.models import Store
from segments.models import Segment

# The fields that a first sender needs; all others can wait.
FIRST_SENDER = ("from_name", "from_email", "postal_address")
# States of messages that are shown only where there are any.
PASSING = (MessageState.SENDING, MessageState.UNCERTAIN)
MESSAGES = "admin:campaigns_message_changelist"


@dataclass(frozen=True)
class NotGotten:
    """Customers who did not get a campaign: the reason, the state of their messages, their number,
    and the URL of the list of these messages; "" if the user may not view it.
    """

    reason: str
    state: str
    number: str
    url: str


@dataclass(frozen=True)
class FirstSender:
    """The form of the shop's first sender: the page that it leads to, its form and its fields."""

    following: str
    form: ModelForm[Any]

    @property
    def fields(self) -> list[BoundField]:
        """The fields that a first sender needs."""
        return [self.form[name] for name in FIRST_SENDER]


def before_sending(campaign: Campaign, at: datetime, user: User | AnonymousUser) -> dict[str, Any]:
    """Return the context for a campaign that is not frozen yet."""
    found = project_audience(campaign, at)
    # The head of the page shows the same number.
    campaign.eligible, campaign.eligible_at = found.eligible, at
    campaign.held_back = found.held_back
    note_held_back(campaign)
    gets_it = max(found.reached - (campaign.held_back - found.held_back), 0)
    names = dict(Store.objects.filter(code__in=found.by_store).values_list("code", "name"))
    stores = stores_without_sender(found.by_store)
    status = reverse("admin:campaigns_campaign_status", args=[campaign.pk])
    senderless = _senderless(stores, status, user)
    obstacle = None if senderless else obstacle_of(campaign, user)
    if obstacle is None and not senderless and not gets_it:
        obstacle = obstacle_of_no_recipient(
            campaign, user, is_nameless=campaign.held_back < found.eligible
        )
    why_not = obstacle.text if obstacle else ""
    parameters = parameters_of(campaign)
    held_back = {**found.without_use, MessageReason.EMPTY.value: found.nameless.in_every_mail}
    is_draft = campaign.state == CampaignState.DRAFT
    is_later = campaign.is_later_than(at)
    return {
        "audience": found,
        "is_later": is_later,
        "without_use": campaign.held_back,
        "nameless": found.nameless.in_every_mail,
        "gets_it": gets_it,
        # A scheduled campaign that cannot go out becomes a draft again when its time has come.
        "is_held": bool(senderless or obstacle),
        "about": properties_of(campaign, user),
        "tried": to_be_tried(campaign, found, user),
        "excluded": [
            *reasons_linked(found.excluded, found.subscribed_elsewhere, user, parameters),
            *((words, number, "") for words, number in reason_counts_texts(held_back)),
        ],
        "recipients_url": recipients_url(user, parameters),
        "selected_url": _selected_url(campaign, user),
        "by_store": [
            (names[code], number, recipients_url(user, parameters, store=code))
            for code, number in found.by_store.items()
        ],
        # The page shows the reason against sending next to its send button, so not here again.
        "warnings": [one for one in doubts_of(campaign, found) if one != why_not],
        "senderless": senderless,
        "first_sender": _first_sender(campaign, user) if senderless else None,
        "obstacle": obstacle,
        "may_go": is_draft and not senderless and obstacle is None,
        "cannot_go": is_draft and bool(senderless or obstacle),
        "asks_for_code": found.eligible > settings.CONFIRM_ABOVE,
        "is_scheduled": campaign.state == CampaignState.SCHEDULED,
        "is_cancelled": campaign.state == CampaignState.CANCELLED,
        "why_not": _why_not(campaign, why_not),
        "has_lost_schedule": refusal_text(CHANGED_SINCE)
        if campaign.pause_reason == CHANGED_SINCE
        else "",
        "mail_is_off": not settings.MAIL_ENABLED,
    }


def _why_not(campaign: Campaign, hindrance: str) -> str:
    """Return why a due campaign was not sent, unless `hindrance` is that reason."""
    reason = campaign.pause_reason
    is_clear = not reason or reason == CHANGED_SINCE or (reason == NOT_RUNNING and hindrance)
    return "" if is_clear else refusal_text(reason)


def after_sending(campaign: Campaign, at: datetime, user: User | AnonymousUser) -> dict[str, Any]:
    """Return the context for a campaign that is being sent or has ended."""
    report = report_of(campaign, at)
    done = report["audience"] - report["scheduled"] - report["sending"]
    return {
        "report": report,
        "progress": _progress(campaign, report, user),
        "about": properties_of(campaign, user),
        "tried": was_tried(campaign, user),
        "winner": winner_panel(campaign),
        "outcome": outcome_of(campaign, report, at, user),
        "has_left": any(report[name] for name in ("sent", "purged", "orders")),
        "done": done,
        "not_gotten": _not_gotten(campaign, report, user),
        "settled": _counts_at_freeze(campaign),
        "is_settling": campaign.state == CampaignState.FREEZING,
        "is_working": campaign.state in (CampaignState.SENDING, CampaignState.FREEZING),
        "has_ended": campaign.state in ENDED,
        "why_paused": refusal_text(campaign.pause_reason) if campaign.pause_reason else "",
        "mail_is_off": not settings.MAIL_ENABLED,
    }


def _counts_at_freeze(campaign: Campaign) -> dict[str, Any]:
    """Return the numbers of selected and excluded customers at the freeze."""
    settled = campaign.audience or {}
    return {
        "members": settled.get("members", 0),
        "excluded": reason_counts_texts(
            settled.get("excluded", {}), settled.get("subscribed_elsewhere", 0)
        ),
    }


def _selected_url(campaign: Campaign, user: User | AnonymousUser) -> str:
    """Return the URL of the members where they are all that `campaign` selects, else ""."""
    is_plain = len(campaign.segments) == 1 and not campaign.exclude_segments
    if not is_plain or not user.has_perms(["segments.view_segment", "segments.view_members"]):
        return ""
    segment = Segment.objects.filter(code__in=campaign.segments, is_active=True).first()
    return reverse("admin:segments_segment_members", args=[segment.pk]) if segment else ""


def _senderless(stores: list[Store], page: str, user: User | AnonymousUser) -> list[Named]:
    """Return the `stores`, which have no sender, by name.

    Each links to the form of its sender, which leads back to `page`, and says so where only the
    postal address is missing. Where several stores have none, a new sender is for all stores.
    """
    back = {NEXT: page}
    senders = {one.store_id: one for one in MailSender.objects.filter(store__in=stores)}
    found = []
    for store in stores:
        url, name, sender = "", store.name, senders.get(store.pk)
        if sender is not None and user.has_perm("campaigns.change_mailsender"):
            url = reverse("admin:campaigns_mailsender_change", args=[sender.pk])
            url = f"{url}?{urlencode(back)}"
        elif sender is None and user.has_perm("campaigns.add_mailsender"):
            asked = {"store": store.pk, **back} if len(stores) == 1 else back
            url = f"{reverse('admin:campaigns_mailsender_add')}?{urlencode(asked)}"
        if sender is not None and sender.from_email:
            name = _("%(store)s (the postal address is missing)") % {"store": store.name}
        found.append(Named(name, url))
    return found


def _first_sender(campaign: Campaign, user: User | AnonymousUser) -> FirstSender | None:
    """Return the form of the first sender, for all stores, which leads on to send `campaign`.

    None where there is a sender, or `user` may not add one.
    """
    if not user.has_perm("campaigns.add_mailsender") or MailSender.objects.exists():
        return None
    may_send = user.has_perm("campaigns.send_campaign")
    page = "admin:campaigns_campaign_send" if may_send else "admin:campaigns_campaign_status"
    following = urlencode({NEXT: reverse(page, args=[campaign.pk])})
    return FirstSender(f"?{following}", SenderForm())


def _progress(
    campaign: Campaign, report: dict[str, Any], user: User | AnonymousUser
) -> list[tuple[str, int, str]]:
    """Return the figures of sending: label, number and the URL of the messages, if `user` may view
    these.
    """
    found = [(_("Recipients"), report["audience"], _messages_url(campaign, user))]
    for label, state in (
        (_("Sent"), MessageState.SENT),
        (_("Waiting"), MessageState.SCHEDULED),
        (_("Being sent"), MessageState.SENDING),
        (_("Failed"), MessageState.FAILED),
        (_("Skipped"), MessageState.SKIPPED),
        (_("Perhaps sent"), MessageState.UNCERTAIN),
    ):
        if state in PASSING and not report[state]:
            continue
        url = _messages_url(campaign, user, state__exact=state.value) if report[state] else ""
        found.append((label, report[state], url))
    if report["purged"]:
        found.append((_("Not kept any more"), report["purged"], ""))
    return found


def recipients_of(campaign: Campaign, user: User | AnonymousUser) -> str:
    """Return the URL of the recipients of `campaign`: of its messages once it is sent.

    "" if `user` may not view these.
    """
    if campaign.frozen_at is not None:
        return _messages_url(campaign, user)
    return recipients_url(user, parameters_of(campaign))


def _messages_url(campaign: Campaign, user: User | AnonymousUser, **filters: str) -> str:
    """Return the URL of the messages of `campaign`; "" if `user` may not view messages."""
    if not user.has_perm("campaigns.view_message"):
        return ""
    asked = {"campaign__id__exact": campaign.pk, **filters}
    return f"{reverse(MESSAGES)}?{urlencode(asked)}"


def _not_gotten(
    campaign: Campaign, report: dict[str, Any], user: User | AnonymousUser
) -> list[NotGotten]:
    found = []
    for state in (MessageState.FAILED, MessageState.SKIPPED):
        for reason, number in report[f"{state}_by_reason"].items():
            filters = {"state__exact": state.value, "reason__exact": reason}
            url = _messages_url(campaign, user, **filters)
            label = str(state.label)
            found.append(NotGotten(reason_text(reason), label, number_shown(number), url))
    return found
