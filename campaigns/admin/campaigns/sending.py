"""The contexts of the pages for sending: the audience, the obstacles, and the progress."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse
from django.utils.translation import gettext as _

from campaigns.admin.campaigns.about import Named, properties_of
from campaigns.admin.campaigns.audience import note_held_back, parameters_of, reasons_linked
from campaigns.admin.campaigns.brought import brought_shown
from campaigns.admin.campaigns.tried import to_be_tried, was_tried
from campaigns.admin.campaigns.winner import winner_panel
from campaigns.audience.freezing import EMPTY_NAME, NOT_RUNNING, NotSent, check_sendable
from campaigns.audience.judging import Audience
from campaigns.audience.preflight_warnings import doubts_of, hole_in_coupon, idle_experiment
from campaigns.audience.projection import project_audience
from campaigns.audience.senders import stores_without_sender
from campaigns.editing.campaigns import CHANGED_SINCE
from campaigns.models import Campaign, CampaignState, MailSender, MessageState
from campaigns.results.reports import report_of
from campaigns.words import reason_said, reasons_said, said_of
from core.text.formats import number_shown
from customers.models import Store

ENDED = (CampaignState.SENT, CampaignState.CANCELLED)
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


def before_sending(campaign: Campaign, at: datetime, user: User | AnonymousUser) -> dict[str, Any]:
    """Return the context for a campaign that is not frozen yet."""
    found = project_audience(campaign, at)
    # The head of the page shows the same number.
    campaign.eligible, campaign.eligible_at = found.eligible, at
    campaign.held_back = found.held_back
    note_held_back(campaign)
    gets_it = found.eligible - campaign.held_back
    names = dict(Store.objects.filter(code__in=found.by_store).values_list("code", "name"))
    senderless = _senderless(found, user)
    why_not = "" if senderless else _hindrance(campaign)
    is_draft = campaign.state == CampaignState.DRAFT
    is_later = campaign.is_later_than(at)
    return {
        "audience": found,
        "is_later": is_later,
        "without_use": campaign.held_back,
        "gets_it": gets_it,
        # A scheduled campaign that cannot go out becomes a draft again when its time has come.
        "is_held": bool(senderless or why_not),
        "about": properties_of(campaign, user),
        "tried": to_be_tried(campaign, found, user),
        "excluded": [
            *reasons_linked(
                found.excluded, found.subscribed_elsewhere, user, parameters_of(campaign)
            ),
            *((words, number, "") for words, number in reasons_said(found.without_use)),
        ],
        "by_store": [(names[code], number) for code, number in found.by_store.items()],
        # The page shows the reason against sending next to its send button, so not here again.
        "warnings": [one for one in doubts_of(campaign, found) if one != why_not],
        "senderless": senderless,
        "hindrance": why_not,
        "may_go": is_draft and bool(gets_it) and not senderless and not why_not,
        "asks_for_code": found.eligible > settings.CONFIRM_ABOVE,
        "is_scheduled": campaign.state == CampaignState.SCHEDULED,
        "is_cancelled": campaign.state == CampaignState.CANCELLED,
        "why_not": _why_not(campaign, why_not),
        "has_lost_schedule": said_of(CHANGED_SINCE)
        if campaign.pause_reason == CHANGED_SINCE
        else "",
        "mail_is_off": not settings.MAIL_ENABLED,
    }


def _why_not(campaign: Campaign, hindrance: str) -> str:
    """Return why a due campaign was not sent, unless `hindrance` is that reason."""
    reason = campaign.pause_reason
    is_clear = not reason or reason == CHANGED_SINCE or (reason == NOT_RUNNING and hindrance)
    return "" if is_clear else said_of(reason)


def after_sending(campaign: Campaign, at: datetime, user: User | AnonymousUser) -> dict[str, Any]:
    """Return the context for a campaign that is being sent or has ended."""
    report = report_of(campaign, at)
    done = report["audience"] - report["scheduled"] - report["sending"]
    return {
        "report": report,
        "about": properties_of(campaign, user),
        "tried": was_tried(campaign, user),
        "winner": winner_panel(campaign),
        "brought": brought_shown(report),
        "done": done,
        "not_gotten": _not_gotten(campaign, report, user),
        "settled": _counts_at_freeze(campaign),
        "is_settling": campaign.state == CampaignState.FREEZING,
        "is_working": campaign.state in (CampaignState.SENDING, CampaignState.FREEZING),
        "has_ended": campaign.state in ENDED,
        # These are only known from reports of the provider.
        "is_reported": any(report[name] for name in ("delivered", "opens", "clicks")),
        "why_paused": said_of(campaign.pause_reason) if campaign.pause_reason else "",
        "mail_is_off": not settings.MAIL_ENABLED,
    }


def _counts_at_freeze(campaign: Campaign) -> dict[str, Any]:
    """Return the numbers of selected and excluded customers at the freeze."""
    settled = campaign.audience or {}
    return {
        "members": settled.get("members", 0),
        "excluded": reasons_said(
            settled.get("excluded", {}), settled.get("subscribed_elsewhere", 0)
        ),
    }


def _hindrance(campaign: Campaign) -> str:
    """Return why the campaign cannot go out to any recipients; "" if nothing prevents it."""
    try:
        check_sendable(campaign)
    except NotSent as error:
        if error.code == NOT_RUNNING:
            return idle_experiment(campaign)
        if error.code == EMPTY_NAME and campaign.coupon_rule is not None:
            return hole_in_coupon(error.more["names"][0], campaign.coupon_rule)
        return said_of(error.code)
    return ""


def _senderless(audience: Audience, user: User | AnonymousUser) -> list[Named]:
    """Return the stores with recipients that have no sender.

    Each links to the form of its sender, and says so where only the postal address is missing.
    """
    stores = stores_without_sender(audience.by_store)
    senders = {one.store_id: one for one in MailSender.objects.filter(store__in=stores)}
    found = []
    for store in stores:
        url, name, sender = "", store.name, senders.get(store.pk)
        if sender is not None and user.has_perm("campaigns.change_mailsender"):
            url = reverse("admin:campaigns_mailsender_change", args=[sender.pk])
        elif sender is None and user.has_perm("campaigns.add_mailsender"):
            url = f"{reverse('admin:campaigns_mailsender_add')}?{urlencode({'store': store.pk})}"
        if sender is not None and sender.from_email:
            name = _("%(store)s (the postal address is missing)") % {"store": store.name}
        found.append(Named(name, url))
    return found


def _not_gotten(
    campaign: Campaign, report: dict[str, Any], user: User | AnonymousUser
) -> list[NotGotten]:
    found = []
    for state in (MessageState.FAILED, MessageState.SKIPPED):
        for reason, number in report[f"{state}_by_reason"].items():
            url = ""
            if user.has_perm("campaigns.view_message"):
                asked = {
                    "campaign__id__exact": campaign.pk,
                    "state__exact": state.value,
                    "reason__exact": reason,
                }
                url = f"{reverse(MESSAGES)}?{urlencode(asked)}"
            label = str(state.label)
            found.append(NotGotten(reason_said(reason), label, number_shown(number), url))
    return found
