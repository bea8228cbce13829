"""Segments: their definitions to be read, written, changed and deleted."""

from collections.abc import Collection
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import BigIntegerField, CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Collate, Concat, LPad
from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from core.access.website_limits import Treatment
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.pages import PAGED, page_of
from core.api.parameters import Parameter
from core.api.parsing import (
    CodesField,
    StrictSerializer,
    TextField,
    TreeField,
    WholeNumberField,
    YesNoField,
)
from core.api.permissions import user_of
from core.api.preconditions import ETAG
from core.api.refusals import Refused, as_json, invalid
from core.problems import Problem
from core.text.folding import fold
from customers.models import Website
from segments.api.answers import SavedSegmentShape, SegmentShape
from segments.api.matching_versions import check_if_match, etag_of
from segments.api.previews import EXAMPLE_TREE
from segments.database.locks import lock_definitions
from segments.editing.deletion import SegmentInUse, delete_segments
from segments.editing.saving import Saved, create_segment, save_segment
from segments.models import AppliesTo, RefreshMode, Segment, SegmentStatus, empty_tree
from segments.rules.definition import Definition, Handling, definition_of, handling_of, tags_of
from segments.rules.rule import sentence_of
from segments.rules.websites import check_segment, count_members, members_count_of, seen_by

LOWEST, HIGHEST = -(2**31), 2**31 - 1
FILTERS = (
    *PAGED,
    Parameter(
        "search",
        serializers.CharField(required=False, allow_blank=True, trim_whitespace=False),
        "A part of the name or the code.",
    ),
    Parameter("is_active", serializers.ChoiceField(["true", "false"], required=False)),
    Parameter("refresh_mode", serializers.ChoiceField(RefreshMode.choices, required=False)),
    Parameter("status", serializers.ChoiceField(SegmentStatus.choices, required=False)),
    Parameter(
        "website",
        serializers.CharField(required=False),
        "A website's code; segments of all websites are about it, too.",
    ),
    Parameter("tag", serializers.CharField(required=False), "One of their tags, in any case."),
)
# Priority, then code, as one text: pages go on after the last one, and no two are the same.
PLACE = Collate(
    Concat(
        LPad(Cast(Cast("priority", BigIntegerField()) - LOWEST, CharField()), 10, Value("0")),
        Value(" "),
        F("code"),
    ),
    "C" if connection.vendor == "postgresql" else "BINARY",
)
# Fields that cannot be written; whoever sends one back as it was is not refused.
READ_ONLY = (
    *("version", "sentence", "members_count", "refreshed_at", "as_of", "status", "is_stale"),
    *("stale_reason", "quarantined_at", "is_costly"),
)


class SegmentSerializer(StrictSerializer):
    """What is written of a segment."""

    passed_over: ClassVar[Collection[str]] = READ_ONLY

    code = TextField(required=False, max_length=64)
    name = TextField(max_length=255)
    description = TextField(default="", allow_blank=True, trim_whitespace=False)
    conditions = TreeField(default=empty_tree)
    websites = CodesField(default=list)
    customer_groups = CodesField(default=list)
    applies_to = TextField(default=AppliesTo.REGISTERED)
    refresh_mode = TextField(default=RefreshMode.AUTO)
    refresh_schedule = TextField(default="", allow_blank=True, max_length=128)
    is_active = YesNoField(default=True)
    priority = WholeNumberField(default=0, min_value=LOWEST, max_value=HIGHEST)
    tags = CodesField(default=list)


EXAMPLE = {"name": "Good customers", "conditions": EXAMPLE_TREE}


class Segments(Endpoint):
    """All segments; a new one."""

    operations: ClassVar = {
        "GET": Operation(
            ["segments.view_segment"],
            Answer(SegmentShape, pages=True),
            parameters=FILTERS,
            summary="List segments",
            websites=Treatment.LIMITED,
        ),
        "POST": Operation(
            ["segments.add_segment"],
            Answer(SavedSegmentShape, HTTPStatus.CREATED, headers=ETAG),
            takes=SegmentSerializer,
            example={"code": "good-customers", **EXAMPLE},
            summary="Create a segment",
            websites=Treatment.LIMITED,
        ),
    }

    def get(self, request: Request) -> Response:
        rows = Segment.objects.with_status().prefetch_related("websites", "customer_groups", "tags")
        user = user_of(request)
        placed = _filtered(seen_by(rows, user), self.query).annotate(place=PLACE)
        counted = partial(count_members, user=user)
        return page_of(placed, "place", segment_as_json, self, looked=counted)

    def post(self, request: Request) -> Response:
        values = self.body()
        code = values.pop("code", "")
        handling = Handling(**{name: values.pop(name) for name in HANDLING})
        saved = create_segment(_definition(values), handling, code=code, author=user_of(request))
        response = saved_response(saved, HTTPStatus.CREATED, user_of(request))
        response["Location"] = reverse("api:segment", args=[saved.segment.code])
        return response


class OneSegment(Endpoint):
    """One segment; what is written needs the version it is about (If-Match)."""

    operations: ClassVar = {
        "GET": Operation(
            ["segments.view_segment"],
            Answer(SegmentShape, headers=ETAG),
            summary="Read a segment",
            websites=Treatment.LIMITED,
        ),
        "PUT": Operation(
            ["segments.change_segment"],
            Answer(SavedSegmentShape, headers=ETAG),
            takes=SegmentSerializer,
            example=EXAMPLE,
            if_match=True,
            summary="Replace a segment",
            websites=Treatment.LIMITED,
        ),
        "PATCH": Operation(
            ["segments.change_segment"],
            Answer(SavedSegmentShape, headers=ETAG),
            takes=SegmentSerializer,
            example={"name": "Our good customers"},
            if_match=True,
            summary="Change a segment",
            websites=Treatment.LIMITED,
        ),
        "DELETE": Operation(
            ["segments.delete_segment"],
            Answer(None, HTTPStatus.NO_CONTENT),
            refusals=[HTTPStatus.CONFLICT],
            if_match=True,
            summary="Delete a segment",
            websites=Treatment.LIMITED,
        ),
    }

    def get(self, request: Request, code: str) -> Response:
        segment = segment_at(code, user_of(request))
        return Response(segment_as_json(segment), headers={"ETag": etag_of(segment)})

    def put(self, request: Request, code: str) -> Response:
        return self._write(request, code, partial=False)

    def patch(self, request: Request, code: str) -> Response:
        return self._write(request, code, partial=True)

    def delete(self, request: Request, code: str) -> Response:
        with transaction.atomic():
            lock_definitions()
            segment = segment_at(code, user_of(request))
            check_segment(user_of(request), segment)
            check_if_match(request, segment)
            try:
                delete_segments([segment], author=user_of(request))
            except SegmentInUse as error:
                users = [user.code for user in error.users]
                raise Refused(HTTPStatus.CONFLICT, str(error), used_by=users) from error
        return Response(status=HTTPStatus.NO_CONTENT)

    def _write(self, request: Request, code: str, *, partial: bool) -> Response:
        with transaction.atomic():
            lock_definitions()
            segment = segment_at(code, user_of(request))
            check_segment(user_of(request), segment)
            check_if_match(request, segment)
            values = self.body(partial=partial)
            if values.pop("code", code) != code:
                message = _("The code of a segment never changes.")
                raise invalid(Problem("code", "read_only", message))
            before = vars(definition_of(segment)) | vars(handling_of(segment))
            values = before | values
            handling = Handling(**{name: values.pop(name) for name in HANDLING})
            saved = save_segment(segment, _definition(values), handling, author=user_of(request))
        return saved_response(saved, HTTPStatus.OK, user_of(request))


HANDLING = ("refresh_mode", "refresh_schedule", "is_active", "priority", "tags")


def segment_at(code: str, user: User) -> Segment:
    """Return the segment `code`, with its status; raises NotFound where `user` may not see it."""
    rows = seen_by(Segment.objects.with_status(), user)
    segment: Segment | None = rows.filter(code=code).first()
    if segment is None:
        raise nothing_there(code)
    count_members([segment], user)
    return segment


def nothing_there(code: str) -> NotFound:
    """Return the answer about a segment that does not exist."""
    return NotFound(_("There is no segment “%(code)s”.") % {"code": code})


def segment_as_json(segment: Segment) -> dict[str, Any]:
    """Return a segment as the API shows it."""
    definition = definition_of(segment)
    return {
        "code": segment.code,
        "name": definition.name,
        "description": definition.description,
        "conditions": definition.conditions,
        "websites": list(definition.websites),
        "customer_groups": list(definition.customer_groups),
        "applies_to": definition.applies_to,
        "refresh_mode": segment.refresh_mode,
        "refresh_schedule": segment.refresh_schedule,
        "is_active": segment.is_active,
        "priority": segment.priority,
        "tags": list(tags_of(segment)),
        "version": segment.version,
        "sentence": sentence_of(segment, segment.conditions),
        "members_count": members_count_of(segment),
        "refreshed_at": segment.refreshed_at,
        "as_of": segment.as_of,
        "status": segment.status,
        "is_stale": segment.is_stale,
        "stale_reason": segment.stale_reason,
        "quarantined_at": segment.quarantined_at,
        "is_costly": segment.is_costly,
    }


def saved_response(saved: Saved, status: HTTPStatus, user: User) -> Response:
    """Return a segment as `user` saved it, with what its conditions warn of."""
    segment = segment_at(saved.segment.code, user)
    body = segment_as_json(segment) | {"warnings": as_json(saved.warnings)}
    return Response(body, status=status, headers={"ETag": etag_of(segment)})


def _definition(values: dict[str, Any]) -> Definition:
    lists = ("websites", "customer_groups")
    return Definition(**(values | {name: tuple(values[name]) for name in lists}))


def _filtered(rows: QuerySet[Segment], wanted: dict[str, Any]) -> QuerySet[Segment]:
    if text := wanted.get("search"):
        rows = rows.filter(Q(name_folded__contains=fold(text)) | Q(code__contains=fold(text)))
    if "is_active" in wanted:
        rows = rows.filter(is_active=wanted["is_active"] == "true")
    if "refresh_mode" in wanted:
        rows = rows.filter(refresh_mode=wanted["refresh_mode"])
    if "status" in wanted:
        rows = rows.filter(Q(current_status=wanted["status"]))
    if (tag := wanted.get("tag")) is not None:
        rows = rows.filter(tags__tag_folded=fold(tag))
    if (code := wanted.get("website")) is not None:
        if not Website.objects.filter(code=code).exists():
            message = _("There is no website “%(code)s”.") % {"code": code}
            raise invalid(Problem("website", "unknown_choice", message))
        # A segment that names no website is about all of them.
        of_this = Q(websites__code=code) | Q(websites=None)
        rows = rows.filter(pk__in=Segment.objects.filter(of_this).values("pk"))
    return rows
