"""The button that copies a segment."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from segments.editing.duplication import duplicate
from segments.editing.saving import InvalidDefinition
from segments.models import Segment


def duplicate_and_redirect(
    request: HttpRequest, segment: Segment, context: dict[str, Any]
) -> HttpResponse:
    """Copy the segment and redirect to the copy."""
    try:
        copy = duplicate(segment, author=request.user).segment
    except InvalidDefinition:
        text = _("“%(name)s” is not copied: its conditions are no longer valid.")
        messages.error(request, text % {"name": segment.name})
        return redirect("admin:segments_segment_change", segment.pk)
    messages.success(
        request,
        _("This is a copy of “%(name)s”, with a code and a history of its own.")
        % {"name": segment.name},
    )
    return redirect(f"{reverse('admin:segments_segment_change', args=[copy.pk])}?copied")
