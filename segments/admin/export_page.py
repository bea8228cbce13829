"""The Exports page: taking the members out, and who has done so."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from segments.admin.tabs import SegmentTab
from segments.export.columns import DEFAULT_COLUMNS, all_columns
from segments.export.members import may_export, may_export_column
from segments.models import ExportAudit, Segment

PAGE_SIZE = 50


class ExportsTab(SegmentTab):
    """The page for those who may export, and for those who may see who did."""

    def may_open(self, user: User | AnonymousUser) -> bool:
        return may_export(user) or may_view_exports(user)


def may_view_exports(user: User | AnonymousUser) -> bool:
    """Return whether `user` may see who exported what."""
    return user.has_perm("segments.view_exportaudit")


def exports_page(request: HttpRequest, segment: Segment, context: dict[str, Any]) -> HttpResponse:
    """Show the form to those who may export, and the log to those who may see it."""
    context["page"] = None
    if may_export(request.user):
        context |= {
            "columns": _columns(request.user),
            "may_export_raw": may_export(request.user, raw=True),
            "only_accepting": settings.EXPORT_ONLY_ACCEPTING_MARKETING,
            "row_limit": settings.EXPORT_ROW_LIMIT,
        }
    if may_view_exports(request.user):
        audits = ExportAudit.objects.filter(segment_code=segment.code).order_by("-pk")
        context["page"] = Paginator(audits, PAGE_SIZE).get_page(request.GET.get("page"))
    return TemplateResponse(request, "admin/segments/segment/exports.html", context)


def _columns(user: User | AnonymousUser) -> list[tuple[str, str, bool]]:
    """Return each column's name, what it is called, and whether it is taken unless said; those
    that `user` may have."""
    return [
        (column.name, str(column.label), column.name in DEFAULT_COLUMNS)
        for column in all_columns()
        if may_export_column(user, column)
    ]
