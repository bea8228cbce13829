"""The mail that uses a segment."""

from typing import ClassVar

from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.responses import MailOfSegmentSerializer
from campaigns.editing.segment_usages import list_campaign_mail, list_sequence_mail
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.permissions import user_of
from segments.models import Segment


class MailOfSegment(Endpoint):
    """The campaigns and sequences of a segment, the next mail of each and the last one."""

    operations: ClassVar = {
        "GET": Operation(
            ["segments.view_segment", "campaigns.view_campaign"],
            Answer(MailOfSegmentSerializer),
            summary="List mail of a segment",
        )
    }

    def get(self, request: Request, code: str) -> Response:
        segment = Segment.objects.filter(code=code).first()
        if segment is None:
            raise NotFound(_("There is no segment “%(code)s”.") % {"code": code})
        # Users who may not view sequences only get the campaigns.
        may_see = user_of(request).has_perm("campaigns.view_sequence")
        sequences = list_sequence_mail(segment) if may_see else []
        campaigns = list_campaign_mail(segment)
        return Response(self.render({"campaigns": campaigns, "sequences": sequences}))
