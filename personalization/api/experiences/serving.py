"""The experiences of a page for a shopper: the storefront requests them for each page view."""

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.access.personal import PERMISSION
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.parsing import (
    ClockField,
    ExactTextField,
    StrictSerializer,
    TextField,
    WholeNumberField,
    YesNoField,
)
from core.api.permissions import user_of
from core.text.json_documents import can_be_stored
from personalization.api.experiences.responses import ExperienceSerializer
from personalization.api.throttles import ServeRate
from personalization.experiences.serving.responses import Asked, serve
from personalization.experiences.serving.shopper import find_customer
from personalization.goals.weights import check_weights, plain_weights
from personalization.intake.privacy_signals import is_signalled, refuse_as_signalled

NEEDED = ("personalization.serve_experience",)
MAY_PREVIEW = "personalization.change_placement"
MOST_ELEMENTS, MOST_GOALS, LONGEST_MS = 100, 20, 10_000


class StorableField(ExactTextField):
    """An unchanged text that the database can store and compare."""

    default_error_messages = {"nul": _("There is a character in it that cannot be stored.")}

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if not can_be_stored(text):
            self.fail("nul")
        return text


class VisitSerializer(StrictSerializer):
    """The context of the visit in the request."""

    device = StorableField(required=False, allow_null=True, max_length=255)
    time_of_day = StorableField(required=False, allow_null=True, max_length=255)
    session_type = StorableField(required=False, allow_null=True, max_length=255)
    traffic_source = StorableField(required=False, allow_null=True, max_length=255)


class ExperiencePreviewSerializer(StrictSerializer):
    """The customer and the time of a preview."""

    at = ClockField(required=False, allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        # A name that Python keeps for itself.
        number = StorableField(required=False, allow_null=True, max_length=255)
        return {"as": number, **super().get_fields()}


@extend_schema_field(
    {
        "oneOf": [
            {"type": "object", "additionalProperties": {"type": "number"}},
            {"type": "array", "items": {"type": "string"}},
        ]
    }
)
class GoalsField(serializers.Field[Any, Any, Any, Any]):
    """Weights by goal, for placements that choose by goals; or a list of names, which is stored."""

    names = serializers.ListField(child=StorableField(max_length=255), max_length=MOST_GOALS)

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return self.names.run_validation(data)
        problems = check_weights(data)
        if problems:
            details = {
                one.path: [ErrorDetail(one.message, code=one.code)] for one in problems if one.path
            }
            if details:
                raise serializers.ValidationError(details)
            raise serializers.ValidationError(problems[0].message, code=problems[0].code)
        return plain_weights(data)

    def to_representation(self, value: Any) -> Any:
        return value


class ExperienceRequestSerializer(StrictSerializer):
    """The page and the customer of a request for experiences."""

    customer_id = StorableField(default=None, allow_null=True, max_length=255)
    page_type = StorableField(max_length=64)
    elements_to_personalize = serializers.ListField(
        child=TextField(max_length=255), default=None, allow_null=True, max_length=MOST_ELEMENTS
    )
    website = StorableField(default=None, allow_null=True, max_length=64)
    context = VisitSerializer(default=dict)  # type: ignore[assignment]
    personalization_goals = GoalsField(default=list)
    deadline_ms = WholeNumberField(default=None, allow_null=True, min_value=1, max_value=LONGEST_MS)
    preview = ExperiencePreviewSerializer(default=None, allow_null=True)
    gpc = YesNoField(default=False)


class Experiences(Endpoint):
    """What a page shows to a shopper; who is no customer is answered as an anonymous one."""

    throttle_classes = (ServeRate,)
    operations: ClassVar = {
        "POST": Operation(
            NEEDED,
            Answer(ExperienceSerializer),
            takes=ExperienceRequestSerializer,
            example={"customer_id": "C17", "page_type": "home", "context": {"device": "mobile"}},
            summary="Personalize a page",
        )
    }

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.begun = time.monotonic()
        super().initial(request, *args, **kwargs)

    def post(self, request: Request) -> Response:
        given = self.body()
        preview = given["preview"]
        if preview is not None and not request.user.has_perm(MAY_PREVIEW):
            raise PermissionDenied
        may_name = preview is None or request.user.has_perm(PERMISSION)
        author = user_of(request)
        asked = _request_of(given, self.begun, request.headers, may_name=may_name, author=author)
        if preview is None and asked.is_untracked:
            refuse_as_signalled(asked.customer, author=author)
        answer = serve(asked)
        context = {"begun": self.begun, "is_preview": preview is not None}
        return Response(ExperienceSerializer(answer, context=context).data)


def _request_of(
    given: Mapping[str, Any],
    begun: float,
    headers: Mapping[str, str],
    *,
    may_name: bool,
    author: Any,
) -> Asked:
    preview = given["preview"]
    patience = given["deadline_ms"] or settings.EXPERIENCE_DEADLINE_MS
    if preview is not None:
        # In a preview, all variants are evaluated, with the longest deadline unless one is given.
        patience = given["deadline_ms"] or LONGEST_MS
    as_of: datetime | None = (preview or {}).get("at")
    number = (preview or {}).get("as") or given["customer_id"]
    return Asked(
        page_type=given["page_type"],
        customer=find_customer(number),
        at=as_of or clock.now(),
        deadline=begun + timedelta(milliseconds=patience).total_seconds(),
        elements=given["elements_to_personalize"],
        website=given["website"],
        context={name: value for name, value in given["context"].items() if value},
        goals=given["personalization_goals"],
        preview=preview is not None,
        as_of=as_of,
        is_untracked=is_signalled(headers, given),
        may_name=may_name,
        author=author,
    )
