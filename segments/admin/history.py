"""The History page: runs, versions of the definition and recent changes."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from segments.admin.status import badge
from segments.definition import sentence_of
from segments.models import RunState, Segment, SegmentVersion
from segments.saving import InvalidDefinition, restore_version

SHOWN = 20
CHANGES_SHOWN = 50


def history_page(request: HttpRequest, segment: Segment, context: dict[str, Any]) -> HttpResponse:
    """Show the latest runs, versions and, to those who may see members, changes."""
    runs = list(segment.runs.select_related("requested_by").order_by("-pk")[:SHOWN])
    versions = segment.versions.select_related("author").order_by("-number")[:SHOWN]
    may_view_members = request.user.has_perm("segments.view_members")
    context |= {
        "runs": [(run, badge(RunState(run.state))) for run in runs],
        "versions": [
            (version, sentence_of(version.definition["conditions"])) for version in versions
        ],
        "changes": segment.changes.order_by("-sequence")[:CHANGES_SHOWN]
        if may_view_members
        else None,
        "tab": "history",
    }
    return TemplateResponse(request, "admin/segments/segment/history.html", context)


def restore(request: HttpRequest, segment: Segment, context: dict[str, Any]) -> HttpResponse:
    """Make an older version the newest one again."""
    try:
        number = int(request.POST.get("version", ""))
        saved = restore_version(segment, number, author=request.user)
    except (ValueError, SegmentVersion.DoesNotExist) as error:
        if isinstance(error, InvalidDefinition):
            messages.error(request, _("Not restored: %(problems)s") % {"problems": error})
            return redirect("admin:segments_segment_history", segment.pk)
        raise Http404 from error
    if saved.changed:
        messages.success(
            request,
            _("Version %(old)d is restored, as version %(new)d.")
            % {"old": number, "new": saved.segment.version},
        )
    else:
        messages.info(request, _("The definition already is that of version %d.") % number)
    return redirect("admin:segments_segment_change", segment.pk)
