"""The Used by page: the usages of a segment, and the segments to which it refers."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from segments.models import Segment
from segments.rules.in_conditions.references import codes_in, referring_segments
from segments.rules.sentences import with_sentences
from segments.rules.users import SEGMENTS, new_uses, uses_of


def used_by_page(request: HttpRequest, segment: Segment, context: dict[str, Any]) -> HttpResponse:
    """Show both directions with sentences, and those usages of other apps that the user may see."""
    uses = Segment.objects.filter(code__in=codes_in(segment.conditions))
    context |= {
        "users": with_sentences(referring_segments(segment)),
        "others": [
            uses
            for uses in uses_of(segment, request.user)
            if uses.users is not SEGMENTS and uses.are_named
        ],
        "uses": with_sentences(list(uses)),
        "new_uses": new_uses(segment, request.user),
    }
    return TemplateResponse(request, "admin/segments/segment/used_by.html", context)
