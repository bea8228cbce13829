"""POST segments/preview/: the customers that an unsaved tree chooses.

A newer preview of the same client cancels the older one.
"""

import time
from dataclasses import replace
from http import HTTPStatus
from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.db import OperationalError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from core.access.website_limits import Treatment, is_limited, may_see, websites_of
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.parameters import Parameter
from core.api.parsing import (
    ClockField,
    CodesField,
    StrictSerializer,
    TextField,
    TreeField,
    WholeNumberField,
    YesNoField,
)
from core.api.permissions import user_of
from core.api.refusals import Refused, invalid
from core.api.throttles import ApiRate, PreviewRate
from core.audit import record_looks
from core.database.idle_timeouts import fail_if_locked
from core.database.time_limit import Cancelled
from core.problems import Problem
from customers.models import AuditSubject
from segments.api.too_many_requests import turn_of
from segments.api.trees.responses import PreviewSerializer
from segments.database.cancellation import Caller, cancel
from segments.insight.explanations.explanation import values_seen_by
from segments.insight.previews.preview import PreviewFailed, preview
from segments.models import AppliesTo, Segment
from segments.rules.website_limits.websites import website_ids_of

MOST = 1_000
# The highest integer that the databases can store.
HIGHEST_SEQ = 2**63 - 1
CLIENT_LENGTH = 64


EXAMPLE_TREE = {
    "match": "all",
    "conditions": [{"attribute": "lifetime.sales", "operator": "gte", "value": "100"}],
}


class ScopeSerializer(StrictSerializer):
    """The customers that something is about."""

    websites = CodesField(default=list)
    customer_groups = CodesField(default=list)
    applies_to = TextField(default=AppliesTo.REGISTERED)


class RuleSerializer(ScopeSerializer):
    """A tree and the customers it is about, which need not be those of a saved segment."""

    conditions = TreeField()
    segment = TextField(default=None, allow_null=True)
    as_of = ClockField(default=None, allow_null=True)

    def validate_segment(self, code: str | None) -> Segment | None:
        return None if code is None else segment_named(code)


class PreviewRequestSerializer(RuleSerializer):
    """A rule, and what is wanted of its preview."""

    default_error_messages = {"both": gettext_lazy("“client” and “seq” are given together.")}

    limit = WholeNumberField(default=10, min_value=0, max_value=MOST)
    counts = YesNoField(default=False)
    figures = YesNoField(default=False)
    client = TextField(default=None, allow_null=True, max_length=CLIENT_LENGTH)
    seq = WholeNumberField(default=None, allow_null=True, min_value=0, max_value=HIGHEST_SEQ)

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        if (values["client"] is None) != (values["seq"] is None):
            missing = "client" if values["client"] is None else "seq"
            message = self.error_messages["both"]
            raise serializers.ValidationError({missing: [message]}, code="both")
        return values


def check_seen(segment: Segment | None, user: User) -> None:
    """Raise Refused, as for an unknown segment, where `user` may not see `segment`."""
    if segment is not None and not may_see(website_ids_of(segment), websites_of(user)):
        raise unknown_segment(segment.code)


def segment_named(code: str) -> Segment:
    """Return the segment with the `code` of a request.

    Raises Refused, with the path `segment`, where there is none.
    """
    segment: Segment | None = Segment.objects.filter(code=code).first()
    if segment is None:
        raise unknown_segment(code)
    return segment


def unknown_segment(code: str) -> Refused:
    """Return the refusal of a request that names a segment that does not exist."""
    message = _("There is no segment “%(code)s”.") % {"code": code}
    return invalid(Problem("segment", "unknown_segment", message))


class Previews(Endpoint):
    """Counts without storing anything."""

    operations: ClassVar = {
        "POST": Operation(
            ["conditions.preview"],
            Answer(PreviewSerializer),
            takes=PreviewRequestSerializer,
            example={"conditions": EXAMPLE_TREE, "counts": True},
            refusals=[HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY],
            summary="Preview a tree",
            websites=Treatment.LIMITED,
            is_read=True,
        )
    }
    throttle_classes = (ApiRate, PreviewRate)

    def post(self, request: Request) -> Response:
        started = time.monotonic()
        asked = self.body()
        if is_limited(request.user):
            check_seen(asked["segment"], user_of(request))
        client, seq = asked.pop("client"), asked.pop("seq")
        caller = None if client is None else Caller(user_of(request), client, seq)
        shows_people = request.user.has_perm("segments.view_members")
        asked["mailable"] = asked["figures"] and shows_people
        asked["can_see"] = values_seen_by(request.user)
        try:
            with turn_of(request, caller):
                found = preview(
                    asked.pop("conditions"),
                    **asked,
                    allowed_websites=websites_of(request.user),
                    caller=caller,
                    started=started,
                )
        except Cancelled as error:
            raise Refused(HTTPStatus.CONFLICT, _("A newer preview has taken its place.")) from error
        except PreviewFailed as error:
            raise Refused(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                _("The database cannot work this out: %(error)s") % {"error": error},
            ) from error
        if shows_people and found.customers:
            of = asked["segment"].code if asked["segment"] else "–"
            try:
                with fail_if_locked():
                    record_looks(user_of(request), AuditSubject.SEGMENT, of, "preview")
            except OperationalError:
                # Previews wait for no writer: without a record of the look, show no customers.
                shows_people = False
        if not shows_people:
            found = replace(found, customers=())
        left_out = () if asked["counts"] else ("costly", "counts")
        left_out = left_out if asked["figures"] else (*left_out, "figures")
        context = {"request": request, "borders": found.borders, "left_out": left_out}
        return Response(PreviewSerializer(found, context=context).data)


class RunningPreview(Endpoint):
    """The preview that a client waits for."""

    operations: ClassVar = {
        "DELETE": Operation(
            ["conditions.preview"],
            Answer(None, HTTPStatus.NO_CONTENT),
            parameters=[
                Parameter(
                    "seq",
                    serializers.IntegerField(required=False, min_value=0, max_value=HIGHEST_SEQ),
                    "Only a preview of this number or an older one.",
                )
            ],
            summary="Cancel a preview",
            websites=Treatment.OPEN,
        )
    }

    def delete(self, request: Request, client: str) -> Response:
        if len(client) > CLIENT_LENGTH:
            raise NotFound(_("No client is called so."))
        cancel(user_of(request), client, self.query.get("seq"))
        return Response(status=HTTPStatus.NO_CONTENT)
