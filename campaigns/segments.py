"""Which campaigns, sequences and syncs use a segment.

Syncs, active sequences, and campaigns from scheduled to paused, keep it from being deleted.
"""

from typing import Any

from django.db.models import Max, Min, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.models import (
    AudienceSync,
    Campaign,
    CampaignState,
    Message,
    MessageState,
    Sequence,
)
from segments.models import Segment
from segments.rules.users import Use, UsersOfSegments

UNDER_WAY = (
    CampaignState.SCHEDULED,
    CampaignState.FREEZING,
    CampaignState.SENDING,
    CampaignState.PAUSED,
)


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
    """Return the sequences of `segment`."""
    return [
        Use(
            one,
            code=str(one.pk),
            name=str(one),
            says=str(_("active") if one.is_active else _("not active")),
            url=reverse("admin:campaigns_sequence_status", args=[one.pk]),
            holds=one.is_active,
        )
        for one in Sequence.objects.filter(segment=segment)
    ]


def sequence_mail_of(segment: Segment) -> list[dict[str, Any]]:
    """Return the sequences of `segment` as the API shows them."""
    found = []
    for one in Sequence.objects.filter(segment=segment):
        rows = Message.objects.filter(sequence=one)
        due = rows.filter(state=MessageState.SCHEDULED).aggregate(at=Min("due_at"))["at"]
        found.append(
            {
                "id": one.pk,
                "trigger": one.trigger,
                "is_active": one.is_active,
                "next_due": due,
                "last_sent": rows.aggregate(at=Max("sent_at"))["at"],
            }
        )
    return found


def syncs_of(segment: Segment) -> list[Use]:
    """Return the syncs of `segment`; one that is off knows who is in its list, too."""
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


def mail_of(segment: Segment) -> list[dict[str, Any]]:
    """Return the campaigns that name `segment`, the newest first, as the API shows them."""
    uses: list[Any] = [use.row for use in campaigns_of(segment)]
    waiting = Q(state=MessageState.SCHEDULED)
    rows = Message.objects.filter(campaign__in=[one.pk for one in uses]).values("campaign")
    summed = rows.annotate(due=Min("due_at", filter=waiting), sent=Max("sent_at"))
    times = {row["campaign"]: (row["due"], row["sent"]) for row in summed}
    found = []
    for one in uses:
        due, sent = times.get(one.pk, (None, None))
        if one.state == "scheduled":
            due = one.send_at
        found.append(
            {
                "pk": one.pk,
                "code": one.code,
                "name": one.name,
                "state": one.state,
                "next_due": due,
                "last_sent": sent,
            }
        )
    return found


USED_BY_CAMPAIGNS = UsersOfSegments(
    "campaigns", _("Campaigns"), campaigns_of, ("campaigns.view_campaign",)
)
USED_BY_SEQUENCES = UsersOfSegments(
    "sequences", _("Sequences"), sequences_of, ("campaigns.view_sequence",)
)
USED_BY_SYNCS = UsersOfSegments("syncs", _("Syncs"), syncs_of, ("campaigns.view_audiencesync",))
