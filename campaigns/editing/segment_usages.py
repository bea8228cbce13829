"""Campaigns, sequences and syncs that use a segment.

Syncs, active sequences, and campaigns from scheduled to paused keep the segment from being deleted.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, Max, Min, Q
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from campaigns.models import (
    AudienceSync,
    Campaign,
    CampaignState,
    Message,
    MessageState,
    Sequence,
)
from campaigns.words import refusal_text
from core.text.formats import number_shown
from segments.models import Segment
from segments.rules.users import Use, UsersOfSegments

UNDER_WAY = (
    CampaignState.SCHEDULED,
    CampaignState.FREEZING,
    CampaignState.SENDING,
    CampaignState.PAUSED,
)


class Times(NamedTuple):
    """When the next of some messages is due, when the last was sent, how many are scheduled."""

    due: datetime | None = None
    sent: datetime | None = None
    scheduled: int = 0


class CampaignMail(NamedTuple):
    """A campaign and the times of its mails."""

    campaign: Campaign
    times: Times


class SequenceMail(NamedTuple):
    """A sequence and the times of its mails."""

    sequence: Sequence
    times: Times


def campaigns_of(segment: Segment) -> list[Use]:
    """Return the campaigns that name `segment`, the newest first."""
    named = [
        campaign
        for campaign in Campaign.objects.filter(~Q(segments=[]) | ~Q(exclude_segments=[]))
        if segment.code in (*campaign.segments, *campaign.exclude_segments)
    ]
    return [
        Use(
            one,
            code=one.code,
            name=one.name,
            says=one.get_state_display(),
            url=reverse("admin:campaigns_campaign_change", args=[one.pk]),
            holds=one.state in UNDER_WAY,
        )
        for one in named
    ]


def sequences_of(segment: Segment) -> list[Use]:
    """Return the sequences of `segment`; an active one says how many of its mails are scheduled."""
    sequences = list(Sequence.objects.filter(segment=segment).select_related("segment"))
    times = _times("sequence", sequences)
    return [
        Use(
            one,
            code=str(one.pk),
            name=str(one),
            says=_standing(one, times[one.pk].scheduled),
            url=reverse("admin:campaigns_sequence_status", args=[one.pk]),
            holds=one.is_active,
        )
        for one in sequences
    ]


def _standing(sequence: Sequence, scheduled: int) -> str:
    if not sequence.is_active:
        return gettext("not active")
    if sequence.pause_reason:
        return gettext("paused: %(reason)s") % {"reason": refusal_text(sequence.pause_reason)}
    if not scheduled:
        return gettext("active")
    text = ngettext(
        "active, %(n)s mail scheduled, which is skipped when the segment is inactive",
        "active, %(n)s mails scheduled, which are skipped when the segment is inactive",
        scheduled,
    )
    return text % {"n": number_shown(scheduled)}


def list_sequence_mail(segment: Segment) -> list[SequenceMail]:
    """Return the sequences of `segment`, each with the times of its mails."""
    sequences = list(Sequence.objects.filter(segment=segment).select_related("segment"))
    times = _times("sequence", sequences)
    return [SequenceMail(one, times[one.pk]) for one in sequences]


def syncs_of(segment: Segment) -> list[Use]:
    """Return the syncs of `segment`, also those that are off: they still know their lists."""
    return [
        Use(
            one,
            code=str(one.pk),
            name=str(one),
            says=str(one.state.label),
            url=reverse("admin:campaigns_audiencesync_change", args=[one.pk]),
        )
        for one in AudienceSync.objects.filter(segment=segment).order_by("pk")
    ]


def list_campaign_mail(segment: Segment) -> list[CampaignMail]:
    """Return the campaigns that name `segment`, the newest first, with the times of their mails.

    The mails of a scheduled campaign are due when it begins.
    """
    campaigns: list[Any] = [use.row for use in campaigns_of(segment)]
    times = _times("campaign", campaigns)
    return [
        CampaignMail(
            one,
            times[one.pk]._replace(due=one.send_at)
            if one.state == CampaignState.SCHEDULED
            else times[one.pk],
        )
        for one in campaigns
    ]


def _times(source: str, rows: Iterable[Any]) -> dict[int, Times]:
    """Return when the next message of each of `rows` is due, and the last was sent, by its key.

    They are of `source`, `campaign` or `sequence`.
    """
    found = {row.pk: Times() for row in rows}
    messages = Message.objects.filter(**{f"{source}__in": list(found)}).order_by()
    waits = Q(state=MessageState.SCHEDULED)
    summed = messages.values(source).annotate(
        due=Min("due_at", filter=waits),
        sent=Max("sent_at"),
        scheduled=Count("pk", filter=waits),
    )
    return found | {row.pop(source): Times(**row) for row in summed}


USED_BY_CAMPAIGNS = UsersOfSegments(
    "campaigns", _("Campaigns"), campaigns_of, ("campaigns.view_campaign",), says=_("State")
)
USED_BY_SEQUENCES = UsersOfSegments(
    "sequences", _("Sequences"), sequences_of, ("campaigns.view_sequence",), says=_("State")
)
USED_BY_SYNCS = UsersOfSegments(
    "syncs", _("Syncs"), syncs_of, ("campaigns.view_audiencesync",), says=_("State")
)
