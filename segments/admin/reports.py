"""The page of a report, with a chart and a table, and the table as CSV."""

import time
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from core.access.website_limits import websites_of
from core.clock import now
from core.database.replicas import read
from core.database.time_limit import TookTooLong, time_limit
from segments.admin.customer.segments import SEEN_BY
from segments.admin.new_segments.prefilled import builder_url, is_in_none
from segments.models import Segment
from segments.reports.catalogue import REPORTS, Report
from segments.reports.days import PERIODS
from segments.reports.shown import DRAWN, Shown
from segments.rules.website_limits.websites import count_members, members_count_of, seen_by

SECONDS = 20.0
# gunicorn refuses a request line, of which the address is a part, of more than 4,094 characters.
LONGEST_URL = 4_000


def report_page(request: HttpRequest, context: dict[str, Any], key: str) -> HttpResponse:
    """Show the report `key` for the requested period."""
    report, days = _requested_report(request, key)
    until = now()
    context |= {
        "report": report,
        "reports": [one for one in REPORTS if one.may_see(request.user)],
        "days": days,
        "drawn": DRAWN,
        "until": until,
        "title": report.title,
        "links_customers": request.user.has_perms((*SEEN_BY, "customers.view_customer")),
    }
    try:
        shown, segments = _made(report, days, until, request.user)
        if context["links_customers"]:
            shown = shown.leading_to(reverse("admin:customers_customer_changelist"))
        context["shown"] = shown
        if report.key == "spread":
            url = builder_url(request.user, _("In no segment"), is_in_none(segments))
            context["none_url"] = url if len(url) <= LONGEST_URL else ""
    except TookTooLong:
        context["took_too_long"] = True
    return TemplateResponse(request, "admin/segments/segment/report.html", context)


def report_csv(request: HttpRequest, context: dict[str, Any], key: str) -> HttpResponse:
    """Return the table of the report as CSV, with status 503 where counting takes too long."""
    report, days = _requested_report(request, key)
    try:
        # Programs read the file, so the column names do not depend on the reader's language.
        with override("en"):
            shown, _segments_shown = _made(report, days, now(), request.user)
            text = shown.table.csv()
    except TookTooLong:
        text = _("Counting took too long and was stopped.")
        return HttpResponse(text, status=503, content_type="text/plain; charset=utf-8")
    name = f"{key}-{days}.csv" if report.periods else f"{key}.csv"
    return HttpResponse(
        text,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _made(report: Report, days: int, until: datetime, user: Any) -> tuple[Shown, list[Segment]]:
    """Return the report and its segments for `user`, maybe from a replica. Raises TookTooLong."""

    allowed_websites = websites_of(user)

    def made() -> tuple[Shown, list[Segment]]:
        with time_limit(time.monotonic() + SECONDS):
            segments = _segments(user)
            return report.made_for(segments, days, until, allowed_websites), segments

    return read(made)


def _requested_report(request: HttpRequest, key: str) -> tuple[Report, int]:
    """Return the report and its period in days.

    Raises Http404 for an unknown report, and PermissionDenied where the user may not see it.
    """
    report = REPORTS.find(key)
    if report is None:
        raise Http404
    if not report.may_see(request.user):
        raise PermissionDenied
    asked = request.GET.get("days", "")
    usual = (report.periods or PERIODS)[0]
    return report, int(asked) if asked in map(str, report.periods) else usual


def _segments(user: Any) -> list[Segment]:
    """Return the active segments that `user` sees, the biggest first."""
    rows = seen_by(Segment.objects.filter(is_active=True), user)
    found = list(rows.order_by("-members_count", "name", "pk"))
    count_members(found, user)
    # Sort by the members that the reader may count; without a limit, the order stays.
    return sorted(found, key=lambda one: -members_count_of(one))
