"""The page “Mail” of a segment: which campaigns name it, which sequences follow it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from campaigns.admin.sequences.timeline import begins
from campaigns.models import CampaignState, Trigger
from campaigns.segments import mail_of, sequences_in_time
from segments.admin.tabs import SegmentTab
from segments.models import Segment


def mail_page(request: HttpRequest, segment: Segment, context: dict[str, Any]) -> HttpResponse:
    """Show campaigns and sequences, when the next of their mail is due, when the last was sent."""
    labels = dict(CampaignState.choices)
    context["campaigns"] = [one | {"state_said": labels[one["state"]]} for one in mail_of(segment)]
    if request.user.has_perm("campaigns.view_sequence"):
        stored = {one.trigger: (one, times) for one, times in sequences_in_time(segment)}
        context["sequences"] = [
            (trigger, begins(trigger, segment.name), *stored.get(trigger, (None, None)))
            for trigger in Trigger.values
        ]
    return TemplateResponse(request, "admin/campaigns/segment.html", context)


MAIL = SegmentTab("mail", _("Mail"), mail_page, ("campaigns.view_campaign",))
