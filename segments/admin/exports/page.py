"""The Exports page: starts exports, shows the user's exports and the audit log of exports."""

from typing import Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from core.access.website_limits import is_limited
from core.clock import now
from core.text.formats import number_shown
from segments.admin.segment_pages.status import ICONS
from segments.admin.tabs import SegmentTab
from segments.export.allowed import may_export, may_export_column
from segments.export.background import requests as background
from segments.export.background.requests import TooManyExports, own_exports, request_export
from segments.export.columns import DEFAULT_COLUMNS, all_columns
from segments.export.contents import Contents, ExportRefused, InvalidExport
from segments.export.targets import TARGETS
from segments.models import Export, ExportAudit, ExportFormat, RunState, Segment

PAGE_SIZE = 50
OWN_SHOWN = 20
HIGHEST = 2**63 - 1
# The tag of messages that `site/fresh.js` removes when nothing on the page is running any more.
UNTIL_DONE = "site-until-done"


class ExportsTab(SegmentTab):
    """The tab for users who may export, and for users who may see the log of exports."""

    def may_open(self, user: User | AnonymousUser) -> bool:
        return may_export(user) or may_view_exports(user)


def may_view_exports(user: User | AnonymousUser) -> bool:
    """Return whether `user` may see the log of exports."""
    # The log has exports of customers of all websites.
    return user.has_perm("segments.view_exportaudit") and not is_limited(user)


def exports_page(request: HttpRequest, segment: Segment, context: dict[str, Any]) -> HttpResponse:
    """Show the form to users who may export, and the log to users who may see it."""
    if request.method == "POST":
        return _begin(request, segment)
    context["page"] = None
    if may_export(request.user):
        context |= {
            "columns": _columns(request.user),
            "targets": list(TARGETS),
            "formats": ExportFormat.choices,
            "may_export_raw": may_export(request.user, raw=True),
            "only_accepting": settings.EXPORT_ONLY_ACCEPTING_MARKETING,
            "row_limit": settings.EXPORT_ROW_LIMIT,
            "exports": [
                _export_row(export) for export in _own_exports(request, segment)[:OWN_SHOWN]
            ],
        }
    if may_view_exports(request.user):
        audits = ExportAudit.objects.filter(segment_code=segment.code).order_by("-pk")
        context["page"] = Paginator(audits, PAGE_SIZE).get_page(request.GET.get("page"))
    return TemplateResponse(request, "admin/segments/segment/exports.html", context)


def cancel_export(request: HttpRequest, segment: Segment, context: dict[str, Any]) -> HttpResponse:
    """Cancel an export of the user. Raises Http404 where the user has no such export."""
    number = request.POST.get("export", "")
    is_number = number.isascii() and number.isdigit() and len(number) < len(str(HIGHEST))
    export = _own_exports(request, segment).filter(pk=int(number)).first() if is_number else None
    if export is None:
        raise Http404
    if background.cancel_export(export).outcome == RunState.CANCELLED:
        messages.success(request, _("The export is cancelled."))
    elif export.outcome:
        messages.info(request, _("The export had ended before."))
    else:
        messages.success(request, _("The export ends as soon as its worker notices."))
    return _back(segment)


def _begin(request: HttpRequest, segment: Segment) -> HttpResponse:
    """Queue the requested export, or redirect to the download.

    Raises PermissionDenied where the user may not export.
    """
    if not may_export(request.user):
        raise PermissionDenied
    asked = request.POST
    target = asked.get("target", "")
    columns = None if target else tuple(asked.getlist("columns"))
    # The same form serves both formats; the file for a program has a format of its own.
    is_xml = asked.get("format") == "xml" and not target
    flags = {name: asked.get(name) == "1" for name in ("raw", "bom")}
    if "now" in asked:
        query = {"columns": columns or (), "target": target}
        query |= {name: "1" for name, value in flags.items() if value}
        address = reverse(
            "admin:segments_segment_export", args=[segment.pk, "xml" if is_xml else "csv"]
        )
        return redirect(f"{address}?{urlencode(query, doseq=True)}")
    bom = flags["bom"] and not is_xml and not target
    contents = Contents(
        "xml" if is_xml else "csv", columns, target=target, raw=flags["raw"], bom=bom
    )
    try:
        request_export(segment, contents, cast(User, request.user))
    except (InvalidExport, ExportRefused, TooManyExports) as error:
        messages.error(request, str(error))
    else:
        said = _("The export is being written; its file will stand below.")
        messages.success(request, said, extra_tags=UNTIL_DONE)
    return _back(segment)


def _export_row(export: Export) -> dict[str, Any]:
    state = export.state
    address = reverse("api:export-file", args=[export.token])
    return {
        "export": export,
        "state": state,
        "icon": ICONS[state],
        "is_working": not export.outcome,
        "rows": _rows(export),
        "url": address if export.file else "",
        "gone": "" if export.file else _gone(export),
    }


def _gone(export: Export) -> str:
    """Return why the file was deleted; "" where there never was one."""
    if export.expires_at is None:
        return ""
    if export.expires_at > now():
        # Only an erasure deletes a file before it expires.
        return _("deleted, because a customer was erased")
    return _("deleted, its time is over")


def _rows(export: Export) -> str:
    if export.rows is not None:
        return number_shown(export.rows)
    if export.total:
        values = {"done": number_shown(export.done), "total": number_shown(export.total)}
        return _("%(done)s of %(total)s rows") % values
    return ""


def _own_exports(request: HttpRequest, segment: Segment) -> Any:
    return own_exports(cast(User, request.user)).filter(segment=segment).order_by("-pk")


def _back(segment: Segment) -> HttpResponse:
    return redirect("admin:segments_segment_exports", segment.pk)


def _columns(user: User | AnonymousUser) -> list[tuple[str, str, bool]]:
    """Return the columns that `user` may export: name, label and whether it is a default column."""
    return [
        (column.name, str(column.label), column.name in DEFAULT_COLUMNS)
        for column in all_columns()
        if may_export_column(user, column)
    ]
