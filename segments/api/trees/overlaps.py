"""POST segments/overlap/: exact counts of every intersection of some segments."""

from typing import ClassVar

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.access.website_limits import Treatment, websites_of
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.parsing import StrictSerializer, TextField
from core.api.permissions import user_of
from core.api.refusals import invalid
from core.api.throttles import ApiRate, PreviewRate
from core.problems import Problem
from segments.api.too_many_requests import turn_of
from segments.api.trees.responses import OverlapSerializer
from segments.insight.overlap import FEWEST, MOST, overlap
from segments.models import Segment
from segments.rules.website_limits.websites import seen_by


class OverlapRequestSerializer(StrictSerializer):
    """The codes of the segments that are compared."""

    default_error_messages = {"repeated": gettext_lazy("Each segment is named once.")}

    segments = serializers.ListField(
        child=TextField(max_length=255), min_length=FEWEST, max_length=MOST
    )

    def validate_segments(self, codes: list[str]) -> list[str]:
        if len(set(codes)) < len(codes):
            raise serializers.ValidationError(self.error_messages["repeated"], code="repeated")
        return codes


class Overlaps(Endpoint):
    """Counts stored members; those of inactive segments are the ones they last had."""

    operations: ClassVar = {
        "POST": Operation(
            ["segments.view_segment"],
            Answer(OverlapSerializer),
            takes=OverlapRequestSerializer,
            example={"segments": ["best-customers", "at-risk"]},
            summary="Compare members of segments",
            websites=Treatment.LIMITED,
            is_read=True,
        )
    }
    throttle_classes = (ApiRate, PreviewRate)

    def post(self, request: Request) -> Response:
        segments = _segments(self.body()["segments"], user_of(request))
        with turn_of(request):
            found = overlap(segments, allowed_websites=websites_of(request.user))
        return Response(self.render(found))


def _segments(codes: list[str], user: User) -> list[Segment]:
    rows = seen_by(Segment.objects.filter(code__in=codes), user)
    by_code = {segment.code: segment for segment in rows}
    problems = [
        Problem(
            f"segments[{index}]",
            "unknown_segment",
            _("There is no segment “%(code)s”.") % {"code": code},
        )
        for index, code in enumerate(codes)
        if code not in by_code
    ]
    if problems:
        raise invalid(*problems)
    return [by_code[code] for code in codes]
