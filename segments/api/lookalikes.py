"""POST segments/{code}/lookalikes/: the customers who buy as the members of a segment do."""

from http import HTTPStatus
from typing import ClassVar

from django.core.exceptions import PermissionDenied
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.access.website_limits import Treatment, websites_of
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.parsing import (
    ClockField,
    CodesField,
    ExactTextField,
    PlainNumberField,
    StrictSerializer,
    TextField,
    WholeNumberField,
)
from core.api.permissions import user_of
from core.api.throttles import ApiRate, PreviewRate
from core.audit import record_look
from customers.models import AuditSubject
from segments.api.responses import LookalikesSerializer
from segments.api.segments import segment_at
from segments.api.too_many_requests import turn_of
from segments.lookalikes.finding import find_lookalikes
from segments.lookalikes.question import LookalikeQuestion
from segments.lookalikes.saving import save_lookalikes

ADD_SEGMENT = "segments.add_segment"
LONGEST_REASON = 500


class LookalikesRequestSerializer(StrictSerializer):
    """How many look-alikes to find, among which customers, and whether to save a segment."""

    size = WholeNumberField(required=False, allow_null=True, max_value=2**31 - 1)
    share = PlainNumberField(required=False, allow_null=True)
    exclude_segments = CodesField(default=list)
    websites = CodesField(required=False, allow_null=True)
    leave_out = serializers.ListField(child=ExactTextField(max_length=255), default=list)
    as_of = ClockField(required=False, allow_null=True)
    save_as = TextField(required=False, allow_null=True, max_length=64)
    override_reason = TextField(default="", allow_blank=True, max_length=LONGEST_REASON)


class LookalikesOfSegment(Endpoint):
    """Chooses by purchases alone; nothing is stored but the segment that `save_as` names."""

    operations: ClassVar = {
        "POST": Operation(
            ["segments.view_members"],
            Answer(LookalikesSerializer),
            takes=LookalikesRequestSerializer,
            example={"size": 500, "exclude_segments": ["at-risk"]},
            refusals=[HTTPStatus.CONFLICT],
            summary="Find look-alikes of a segment",
            websites=Treatment.LIMITED,
        )
    }
    throttle_classes = (ApiRate, PreviewRate)

    def post(self, request: Request, code: str) -> Response:
        asked = self.body()
        save_as, reason = asked.pop("save_as", None), asked.pop("override_reason")
        if save_as is not None and not request.user.has_perm(ADD_SEGMENT):
            raise PermissionDenied
        segment, saved = segment_at(code, user_of(request)), None
        question = LookalikeQuestion(
            exclude=asked.pop("exclude_segments"),
            allowed_websites=websites_of(request.user),
            **asked,
        )
        with turn_of(request):
            if save_as is None:
                found = find_lookalikes(segment, question)
            else:
                found, saved = save_lookalikes(
                    segment,
                    question,
                    code=save_as,
                    override_reason=reason,
                    author=user_of(request),
                )
        if found.customers:
            record_look(
                *(user_of(request), AuditSubject.SEGMENT, code, "lookalikes"),
                customers=[one.id for one in found.customers],
            )
        return Response(self.render(found) | {"segment": saved.code if saved else None})
