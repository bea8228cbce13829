"""Which campaigns use a segment; from scheduled to paused they keep it from being deleted."""

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign, CampaignState
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


USED_BY_CAMPAIGNS = UsersOfSegments(
    "campaigns", _("Campaigns"), campaigns_of, ("campaigns.view_campaign",)
)
