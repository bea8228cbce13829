"""The definitions that a segment has had; any of them can become the newest again."""

from http import HTTPStatus
from typing import Any, ClassVar

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from core.access.website_limits import Treatment
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.pages import PAGED, page_of
from core.api.permissions import user_of
from core.api.preconditions import ETAG
from segments.api.answers import SavedSegmentShape, VersionShape
from segments.api.matching_versions import check_if_match
from segments.api.segments import saved_response, segment_at
from segments.database.locks import lock_definitions
from segments.editing.saving import restore_version
from segments.models import SegmentVersion
from segments.rules.rule import sentence_of
from segments.rules.websites import check_segment


class Versions(Endpoint):
    """All versions of a segment, the oldest first."""

    operations: ClassVar = {
        "GET": Operation(
            ["segments.view_segment"],
            Answer(VersionShape, pages=True),
            parameters=PAGED,
            summary="List versions of a segment",
            websites=Treatment.LIMITED,
        )
    }

    def get(self, request: Request, code: str) -> Response:
        segment = segment_at(code, user_of(request))
        rows = SegmentVersion.objects.filter(segment=segment)
        rows = rows.select_related("author", "segment")
        return page_of(rows, "number", _as_json, self)


class Restoring(Endpoint):
    """Makes an old version the newest one; wants If-Match, as every change of a definition."""

    operations: ClassVar = {
        "POST": Operation(
            ["segments.change_segment"],
            Answer(SavedSegmentShape, headers=ETAG),
            if_match=True,
            summary="Restore a version of a segment",
            websites=Treatment.LIMITED,
        )
    }

    def post(self, request: Request, code: str, number: int) -> Response:
        self.body()
        with transaction.atomic():
            lock_definitions()
            segment = segment_at(code, user_of(request))
            check_segment(user_of(request), segment)
            check_if_match(request, segment)
            if not segment.versions.filter(number=number).exists():
                raise NotFound(_("There is no version %(number)d.") % {"number": number})
            saved = restore_version(segment, number, author=user_of(request))
        return saved_response(saved, HTTPStatus.OK, user_of(request))


def _as_json(version: SegmentVersion) -> dict[str, Any]:
    return {
        "number": version.number,
        **version.definition,
        "sentence": sentence_of(version.segment, version.definition["conditions"]),
        "author": version.author_name,
        "created_at": version.created_at,
    }
