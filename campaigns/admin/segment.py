"""The page “Mail” of a segment: who can be mailed, which campaigns and sequences use it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from campaigns.admin.campaigns.audience import (
    campaign_to_members,
    reasons_linked,
    recipients_url,
)
from campaigns.admin.sequences.timeline import begins
from campaigns.admin.templates.page import new_campaign
from campaigns.audience.judging import Audience, audience_of
from campaigns.editing.segment_usages import list_campaign_mail, list_sequence_mail
from campaigns.models import Trigger
from segments.admin.tabs import SegmentTab
from segments.models import Segment

# Larger segments are only counted on the page of a campaign: counting takes seconds.
MOST = 100_000


def mail_page(request: HttpRequest, segment: Segment, context: dict[str, Any]) -> HttpResponse:
    """Show who can be mailed, and campaigns and sequences with their next and last mail."""
    audience = mailable_members(segment) if segment.is_active else None
    context["audience"] = audience
    context["most"] = MOST
    if audience is not None:
        named = {"segment": segment.code}
        context |= {
            # The page says so itself, with the people.
            "may_see_mailable": False,
            "recipients_url": recipients_url(request.user, named),
            "excluded": reasons_linked(
                audience.excluded, audience.subscribed_elsewhere, request.user, named
            ),
        }
    context["campaigns"] = list_campaign_mail(segment)
    if request.user.has_perm("campaigns.view_sequence"):
        stored = {one.trigger: (one, times) for one, times in list_sequence_mail(segment)}
        context["sequences"] = [
            (trigger, begins(trigger, segment.name), *stored.get(trigger, (None, None)))
            for trigger in Trigger.values
        ]
    return TemplateResponse(request, "admin/campaigns/segment.html", context)


def mailable_members(segment: Segment) -> Audience | None:
    """Return the audience of a mail to `segment` in all stores; None for a large segment.

    The weekly cap is left out: it depends on the day of a campaign.
    """
    if segment.members_count > MOST:
        return None
    return audience_of(campaign_to_members(segment.code), most_a_week=0)


def campaign_to(segment: Segment) -> str:
    """Return the URL of the form of a new campaign to `segment`."""
    return new_campaign(segments=segment.code)


MAIL = SegmentTab(
    "mail",
    _("Mail"),
    mail_page,
    ("campaigns.view_campaign",),
    explains_mailable=True,
    written_at=campaign_to,
    writing=("campaigns.view_campaign", "campaigns.add_campaign"),
)
