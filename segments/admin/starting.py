"""Segments to begin with: what an empty list offers."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from segments.editing.saving import create_segment
from segments.models import Segment
from segments.rules.definition import Definition
from segments.rules.starters import STARTERS, Starter


def begin_with(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Make the starter that was chosen, or all of them, and show what was made."""
    chosen = request.POST.get("starter", "")
    starters = [one for one in STARTERS if chosen in (one.code, "all")]
    if not starters:
        raise Http404
    made = [_make(request, starter) for starter in starters]
    if len(made) == 1:
        messages.success(
            request,
            _("“%(name)s” is made. Look at its conditions, change them, and refresh it.")
            % {"name": made[0].name},
        )
        return redirect("admin:segments_segment_change", made[0].pk)
    messages.success(request, _("%(count)d segments are made.") % {"count": len(made)})
    return redirect("admin:segments_segment_changelist")


def _make(request: HttpRequest, starter: Starter) -> Segment:
    stored: Segment | None = Segment.objects.filter(code=starter.code).first()
    if stored:
        return stored
    definition = Definition(str(starter.name), str(starter.description), starter.conditions)
    return create_segment(definition, code=starter.code, author=request.user).segment
