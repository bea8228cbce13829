"""The changes of membership, in order, with a cursor for readers who continue without gaps."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.access.website_limits import Treatment, is_limited
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.pages import LIMIT
from core.api.parameters import Parameter
from core.api.permissions import user_of
from core.api.refusals import Refused, invalid
from core.problems import Problem
from segments.api.responses import ChangesSerializer
from segments.api.segments import segment_at
from segments.engine.members.change_log import CursorTooOld, changes_since, latest_cursor
from segments.models import Segment
from segments.models.work.watermark import purged_number
from segments.rules.website_limits.websites import changes_seen_by

USUAL = 100
# The highest sequence number that the databases can store.
HIGHEST = 2**63 - 1


class CursorField(serializers.CharField):
    """A cursor, or a sequence number, which is the same: digits."""

    default_error_messages = {"invalid_cursor": gettext_lazy("This is no cursor of the changes.")}

    def to_internal_value(self, data: Any) -> Any:
        digits = super().to_internal_value(data)
        is_number = digits.isascii() and digits.isdigit() and len(digits) <= len(str(HIGHEST))
        if not is_number or int(digits) > HIGHEST:
            self.fail("invalid_cursor")
        return int(digits)


OPERATION = Operation(
    ["segments.view_members"],
    Answer(ChangesSerializer),
    parameters=[
        LIMIT,
        Parameter(
            "since",
            CursorField(required=False),
            "The `cursor` of the answer before, or a `sequence`: what comes after it. Without it "
            "the first changes that are kept.",
        ),
    ],
    refusals=[HTTPStatus.GONE],
    websites=Treatment.LIMITED,
)


class Changes(Endpoint):
    """The changes of all segments; 410 where some after the cursor are no longer kept."""

    operations: ClassVar = {"GET": replace(OPERATION, summary="List changes of all segments")}

    def get(self, request: Request) -> Response:
        return _answer(self.query, user_of(request))


class ChangesOfSegment(Endpoint):
    """The changes of one segment; 410 where some after the cursor are no longer kept."""

    operations: ClassVar = {"GET": replace(OPERATION, summary="List changes of a segment")}

    def get(self, request: Request, code: str) -> Response:
        user = user_of(request)
        return _answer(self.query, user, segment_at(code, user))


def _answer(query: dict[str, Any], user: User, segment: Segment | None = None) -> Response:
    since = query.get("since")
    # A reader who is limited to websites could find out the number of all changes by trying.
    if since is not None and not is_limited(user) and since > latest_cursor():
        # A reader who continued from that number would miss all changes up to it.
        raise invalid(Problem("since", "not_a_cursor", _("No change has this number yet.")))
    try:
        found = changes_since(
            since,
            segment=segment,
            among=changes_seen_by(user, of_all=segment is None),
            limit=query.get("limit", USUAL),
        )
    except CursorTooOld as error:
        raise Refused(
            HTTPStatus.GONE,
            _("Changes after this cursor are no longer kept: read the members, then go on here."),
            cursor=str(purged_number()),
        ) from error
    last = found[-1].sequence if found else purged_number() if since is None else since
    return Response(ChangesSerializer({"results": found, "cursor": last}).data)
