"""Which mail a segment is used for."""

from typing import ClassVar

from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.answers import MailOfSegmentShape
from campaigns.segments import mail_of
from customers.rest.endpoint import Answer, Endpoint, Operation
from segments.models import Segment


class MailOfSegment(Endpoint):
    """The campaigns that name a segment: when their next mail is due, and the last was sent."""

    operations: ClassVar = {
        "GET": Operation(
            ["segments.view_segment", "campaigns.view_campaign"], Answer(MailOfSegmentShape)
        )
    }

    def get(self, request: Request, code: str) -> Response:
        segment = Segment.objects.filter(code=code).first()
        if segment is None:
            raise NotFound(_("There is no segment “%(code)s”.") % {"code": code})
        found = [
            {name: value for name, value in one.items() if name != "pk"} for one in mail_of(segment)
        ]
        return Response({"campaigns": found})
