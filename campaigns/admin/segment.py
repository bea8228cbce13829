"""The page “Mail” of a segment: which campaigns name it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from campaigns.models import CampaignState
from campaigns.segments import mail_of
from segments.admin.tabs import SegmentTab
from segments.models import Segment


def mail_page(request: HttpRequest, segment: Segment, context: dict[str, Any]) -> HttpResponse:
    """Show the campaigns, when the next of their mail is due and when the last was sent."""
    labels = dict(CampaignState.choices)
    context["campaigns"] = [one | {"state_said": labels[one["state"]]} for one in mail_of(segment)]
    return TemplateResponse(request, "admin/campaigns/segment.html", context)


MAIL = SegmentTab("mail", _("Mail"), mail_page, ("campaigns.view_campaign",))
