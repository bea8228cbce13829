"""The definitions that a segment has had; any of them can become the newest again."""

from http import HTTPStatus
from typing import Any, ClassVar

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from segments.api.matching_versions import check_if_match
from segments.api.pages import check_parameters, page_of
from segments.api.permissions import user_of
from segments.api.segments import saved_response, segment_at
from segments.database.locks import lock_definitions
from segments.editing.saving import restore_version
from segments.models import SegmentVersion
from segments.rules.rule import sentence_of


class Versions(APIView):
    """All versions of a segment, the oldest first."""

    needs: ClassVar = {"GET": ["segments.view_segment"]}

    def get(self, request: Request, code: str) -> Response:
        check_parameters(request, "limit", "cursor")
        rows = SegmentVersion.objects.filter(segment=segment_at(code)).select_related("author")
        return page_of(rows, "number", _as_json, request, self)


class Restoring(APIView):
    """Makes an old version the newest one; wants If-Match, as every change of a definition."""

    needs: ClassVar = {"POST": ["segments.change_segment"]}

    def post(self, request: Request, code: str, number: int) -> Response:
        with transaction.atomic():
            lock_definitions()
            segment = segment_at(code)
            check_if_match(request, segment)
            if not segment.versions.filter(number=number).exists():
                raise NotFound(_("There is no version %(number)d.") % {"number": number})
            saved = restore_version(segment, number, author=user_of(request))
        return saved_response(saved, HTTPStatus.OK)


def _as_json(version: SegmentVersion) -> dict[str, Any]:
    return {
        "number": version.number,
        **version.definition,
        "sentence": sentence_of(version.definition["conditions"]),
        "author": version.author.get_username() if version.author else None,
        "created_at": version.created_at,
    }
