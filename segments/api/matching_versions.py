"""The tag of a segment's version, which whoever changes it names."""

from urllib.parse import quote

from django.utils.translation import gettext as _
from rest_framework.request import Request

from core.api import preconditions
from segments.models import Segment
from segments.rules.definition import tags_of


def etag_of(segment: Segment) -> str:
    """Return the tag of all that can be written of a segment."""
    parts = [
        *(str(segment.version), segment.refresh_mode, "on" if segment.is_active else "off"),
        str(segment.priority),
    ]
    if segment.refresh_schedule:
        # Its commas and spaces would part the tags of a header.
        parts.append(quote(segment.refresh_schedule, safe=""))
    if tags := tags_of(segment):
        parts.append(quote("|".join(tags), safe=""))
    return f'"{"-".join(parts)}"'


def check_if_match(request: Request, segment: Segment) -> None:
    """Raise 428 without If-Match, and 412 where it names another state of `segment`."""
    text = _("Somebody else has changed the segment meanwhile; version %(version)d is stored.")
    said = text % {"version": segment.version}
    preconditions.check_if_match(request, etag_of(segment), said)
