"""The History page: size over time, runs, versions with their differences, recent changes."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.access.website_limits import websites_of
from core.audit import record_look
from core.clock import now
from core.figures.charts import Flow, flow_chart, line_chart
from core.resources.history import restore_version
from core.text.formats import number_shown
from customers.models import AuditSubject
from segments.admin.segment_pages.status import badge
from segments.editing.resource import SEGMENTS
from segments.models import RunState, Segment, SegmentVersion
from segments.reports.days import PERIODS
from segments.reports.sizes import Size, describe_trend, sizes_over_time
from segments.rules.between_versions import Difference, differences
from segments.rules.definition import definition_from
from segments.rules.evaluation.rule import sentence_of
from segments.rules.sentences import names_looked_up
from segments.rules.website_limits.websites import changes_seen_by, runs_seen_by, segments_within

SHOWN = 20
CHANGES_SHOWN = 50


@dataclass(frozen=True)
class ShownVersion:
    """A version of the definition, with the differences from the version before."""

    version: SegmentVersion
    name: str
    sentence: str
    differences: list[Difference]


def history_page(request: HttpRequest, segment: Segment, context: dict[str, Any]) -> HttpResponse:
    """Show sizes, the latest runs and versions and, to users who may see members, changes."""
    days, allowed_websites = _days(request), websites_of(request.user)
    found = sizes_over_time(
        segments_within([segment], allowed_websites),
        days,
        until=now(),
        allowed_websites=allowed_websites,
    )
    sizes = found.get(segment.pk, [])
    rows = runs_seen_by(request.user, segment).select_related("requested_by")
    runs = list(rows.order_by("-pk")[:SHOWN])
    changes = None
    if request.user.has_perm("segments.view_members"):
        seen = changes_seen_by(request.user)
        log = segment.changes.all() if seen is None else segment.changes.filter(seen)
        changes = list(log.order_by("-sequence")[:CHANGES_SHOWN])
        ids = sorted({one.customer_external_id for one in changes if one.customer_external_id})
        if ids:
            record_look(request.user, AuditSubject.SEGMENT, segment.code, "history", customers=ids)
    context |= {
        "days": days,
        "periods": PERIODS,
        "sizes": [size for size in reversed(sizes) if size.entered or size.left],
        **_charts(sizes),
        "runs": [(run, badge(RunState(run.state))) for run in runs],
        # A shop without engines does not see the column.
        "engines": any(run.engine for run in runs),
        "versions": _versions(segment),
        "changes": changes,
    }
    return TemplateResponse(request, "admin/segments/segment/history.html", context)


def _days(request: HttpRequest) -> int:
    asked = request.GET.get("days", "")
    return int(asked) if asked in map(str, PERIODS) else PERIODS[0]


def _charts(sizes: list[Size]) -> dict[str, Any]:
    if len(sizes) < 2:  # One point makes no line.
        return {}
    ends = (_day(sizes[0]), _day(sizes[-1]))
    members = [size.members for size in sizes]
    most = max(max(size.entered, size.left) for size in sizes)
    flows = [Flow(_day(size), size.entered, size.left) for size in sizes]
    return {
        "size_chart": line_chart(
            members,
            describe_trend(members, len(members)),
            ends=ends,
            limits=("0", number_shown(max(members))),
        ),
        "flow_chart": flow_chart(
            flows,
            _("%(entered)s entered and %(left)s left in %(days)d days")
            % {
                "entered": number_shown(sum(flow.came for flow in flows)),
                "left": number_shown(sum(flow.went for flow in flows)),
                "days": len(flows),
            },
            ends=ends,
            limits=(f"−{number_shown(most)}", f"+{number_shown(most)}"),
        ),
    }


def _day(size: Size) -> str:
    return date_format(size.day, "MONTH_DAY_FORMAT")


def _versions(segment: Segment) -> list[ShownVersion]:
    """Return the latest versions; reads one more, for the differences of the oldest shown one."""
    rows = list(segment.versions.select_related("author").order_by("-number")[: SHOWN + 1])
    definitions = [definition_from(SEGMENTS.definition_of(row)) for row in rows]
    shown = []
    with names_looked_up([one.conditions for one in definitions]):
        for index, row in enumerate(rows[:SHOWN]):
            older = definitions[index + 1 :][:1]
            changed = differences(older[0], definitions[index]) if older else []
            sentence = sentence_of(segment, definitions[index].conditions)
            shown.append(ShownVersion(row, definitions[index].name, sentence, changed))
    return shown


def restore(request: HttpRequest, segment: Segment, context: dict[str, Any]) -> HttpResponse:
    """Restore an older version as the newest one. Raises Http404 for an unknown version."""
    page = "change" if restore_version(request, SEGMENTS, segment) else "history"
    return redirect(f"admin:segments_segment_{page}", segment.pk)
