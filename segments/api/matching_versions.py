"""ETag and If-Match: nobody overwrites what somebody else has saved meanwhile."""

from http import HTTPStatus
from urllib.parse import quote

from django.utils.translation import gettext as _
from rest_framework.request import Request

from customers.rest.refusals import Refused
from segments.models import Segment

# What answers tell beside their body.
ETAG = {"ETag": "The version, for If-Match."}


def etag_of(segment: Segment) -> str:
    """Return the tag of all that can be written of a segment."""
    parts = [
        *(str(segment.version), segment.refresh_mode, "on" if segment.is_active else "off"),
        str(segment.priority),
    ]
    if segment.refresh_schedule:
        # Its commas and spaces would part the tags of a header.
        parts.append(quote(segment.refresh_schedule, safe=""))
    return f'"{"-".join(parts)}"'


def check_if_match(request: Request, segment: Segment) -> None:
    """Raise 428 without If-Match, and 412 where it names another state of `segment`."""
    given = request.headers.get("If-Match")
    if given is None:
        raise Refused(
            HTTPStatus.PRECONDITION_REQUIRED,
            _("Say in If-Match which version you are changing: the ETag that you were given."),
        )
    tags = [tag.strip() for tag in given.split(",")]
    if "*" not in tags and etag_of(segment) not in tags:
        raise Refused(
            HTTPStatus.PRECONDITION_FAILED,
            _("Somebody else has changed the segment meanwhile; version %(version)d is stored.")
            % {"version": segment.version},
        )
