"""The expected number of recipients of a campaign, stored for the list, recounted periodically."""

from datetime import datetime, timedelta

from django.db.models import Q

from campaigns.audience.judging import Audience, audience_of
from campaigns.audience.scope import Resolved, estimate_selected, resolve_scope
from campaigns.models import Campaign, CampaignState

NOT_FROZEN = (CampaignState.DRAFT, CampaignState.SCHEDULED)
# A larger audience is counted by the periodic task, not while a user saves.
AT_ONCE = 20_000
OLD = timedelta(hours=1)


def project_audience(campaign: Campaign, at: datetime, scope: Resolved | None = None) -> Audience:
    """Return the audience of `campaign` at `at`, and store its numbers unless it is frozen.

    `scope` is what its codes stand for, where the caller knows.
    """
    audience = audience_of(campaign, as_of=at, scope=scope)
    Campaign.objects.filter(pk=campaign.pk, state__in=NOT_FROZEN).update(
        eligible=audience.eligible, held_back=audience.held_back, eligible_at=at
    )
    return audience


def project_if_small(campaign: Campaign, at: datetime) -> None:
    """Store the number of recipients of `campaign` if it is small.

    The periodic task counts the others.
    """
    scope = resolve_scope(campaign)
    if estimate_selected(scope) <= AT_ONCE:
        project_audience(campaign, at, scope)


def project_next(at: datetime) -> bool:
    """Count the recipients of the campaign with the oldest number; return whether there was one."""
    rows = Campaign.objects.filter(state__in=NOT_FROZEN).filter(
        Q(eligible_at=None) | Q(eligible_at__lt=at - OLD)
    )
    campaign = rows.order_by("eligible_at", "pk").first()
    if campaign is None:
        return False
    project_audience(campaign, at)
    return True
