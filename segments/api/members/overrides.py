"""Overrides: includes and excludes, effective at once."""

from http import HTTPStatus
from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from conditions.errors import InvalidTree
from core.access.website_limits import Treatment, limit_rows
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.pages import PAGED, page_of
from core.api.parsing import StrictSerializer, TextField
from core.api.permissions import user_of
from core.api.refusals import Refused
from core.audit import record_look
from customers.api.people import customer_with
from customers.models import AuditSubject
from segments.api.responses import OverrideSerializer
from segments.api.segments import segment_at, segment_not_found
from segments.editing.overrides import remove_override, set_override
from segments.models import MembershipOverride, OverrideKind, Segment

INVALID = gettext_lazy("The stored conditions are no longer valid: %(error)s")


class OverrideRequestSerializer(StrictSerializer):
    """What is decided, and why."""

    kind = serializers.ChoiceField(choices=OverrideKind.choices)
    reason = TextField(default="", allow_blank=True, max_length=255)


class Overrides(Endpoint):
    """All decisions about a segment."""

    operations: ClassVar = {
        "GET": Operation(
            ["segments.view_members"],
            Answer(OverrideSerializer, pages=True),
            parameters=PAGED,
            summary="List overrides of a segment",
            websites=Treatment.LIMITED,
        )
    }

    def get(self, request: Request, code: str) -> Response:
        segment = segment_at(code, user_of(request))
        rows = MembershipOverride.objects.filter(segment=segment)
        rows = limit_rows(rows, request.user, "customer__website")
        rows = rows.select_related("customer", "author")

        def record_override_look(page: list[MembershipOverride]) -> None:
            seen = [row.customer.external_id for row in page]
            record_look(user_of(request), AuditSubject.SEGMENT, code, "overrides", customers=seen)

        return page_of(rows, "customer_id", self.render, self, prepare=record_override_look)


class OneOverride(Endpoint):
    """The decision about one customer."""

    operations: ClassVar = {
        "PUT": Operation(
            ["segments.change_segment"],
            Answer(OverrideSerializer),
            takes=OverrideRequestSerializer,
            example={"kind": "include", "reason": "friend of the house"},
            refusals=[HTTPStatus.CONFLICT],
            summary="Set an override",
            websites=Treatment.LIMITED,
        ),
        "DELETE": Operation(
            ["segments.change_segment"],
            Answer(None, HTTPStatus.NO_CONTENT),
            refusals=[HTTPStatus.CONFLICT],
            summary="Remove an override",
            websites=Treatment.LIMITED,
        ),
    }

    def put(self, request: Request, code: str, number: str) -> Response:
        user = user_of(request)
        segment, customer = segment_at(code, user), customer_with(number, user)
        values = self.body()
        try:
            override = set_override(
                segment,
                customer,
                OverrideKind(values["kind"]),
                reason=values["reason"],
                author=user,
            )
        except InvalidTree as error:
            raise Refused(HTTPStatus.CONFLICT, INVALID % {"error": error}) from error
        except Segment.DoesNotExist as error:  # Deleted while this was waiting for its members.
            raise segment_not_found(code) from error
        return Response(self.render(override))

    def delete(self, request: Request, code: str, number: str) -> Response:
        user = user_of(request)
        rows = MembershipOverride.objects.filter(segment=segment_at(code, user))
        override = rows.filter(customer=customer_with(number, user)).first()
        if override is None:
            raise NotFound(_("Nothing was decided about this customer."))
        try:
            remove_override(override, author=user)
        except InvalidTree as error:
            raise Refused(HTTPStatus.CONFLICT, INVALID % {"error": error}) from error
        return Response(status=HTTPStatus.NO_CONTENT)
