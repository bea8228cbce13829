"""The Overlap page: how many customers two to six segments share."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from core.database.replicas import read
from core.database.time_limit import TookTooLong, time_limit
from core.figures.charts import Bar, bar_chart
from core.text.formats import number_shown
from segments.admin.new_segments.prefilled import builder_url, is_in_all, is_in_none
from segments.database.concurrency_limit import TOO_MANY, TooMany, turn
from segments.insight.overlap import FEWEST, MOST, Overlap, overlap
from segments.models import Segment

SECONDS = 20.0
# The maximum number of combinations with bars; the table has all of them.
DRAWN = 12
LONGEST_NAME = 200


@dataclass(frozen=True)
class Pair:
    """The customers in both of two segments, and their share of the first; None if it is empty.

    `url` leads to them, "" where the reader may not see them.
    """

    count: int
    share: float | None
    is_same: bool
    url: str


def overlap_of_segment(
    request: HttpRequest, segment: Segment, context: dict[str, Any]
) -> HttpResponse:
    """Show the page with `segment` preselected."""
    return _page(request, context, [segment.code])


def overlap_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show the page for the requested segments."""
    return _page(request, context | {"title": _("Overlap")}, [])


def _page(request: HttpRequest, context: dict[str, Any], given: list[str]) -> HttpResponse:
    codes = {*given, *request.GET.getlist("segments")}
    segments = list(Segment.objects.order_by("priority", "name", "pk"))
    chosen = [segment for segment in segments if segment.code in codes]
    context |= {
        "choices": [(one, one.code in codes, one.code in given) for one in segments],
        "most": MOST,
        "problem": "",
    }
    if len(chosen) > MOST:
        context["problem"] = _("At most %(most)d segments are compared.") % {"most": MOST}
    elif len(chosen) >= FEWEST:
        try:
            with turn(cast(User, request.user)):
                context |= _compare_segments(chosen, request.user)
        except TooMany:
            context["problem"] = TOO_MANY
    elif "segments" in request.GET:
        context["problem"] = _("Choose at least two segments.")
    return TemplateResponse(request, "admin/segments/segment/overlap.html", context)


def _count_overlap(segments: list[Segment]) -> Overlap:
    with time_limit(time.monotonic() + SECONDS):
        return overlap(segments)


def _compare_segments(segments: list[Segment], user: User | AnonymousUser) -> dict[str, Any]:
    try:
        found = read(lambda: _count_overlap(segments))
    except TookTooLong:
        return {"problem": _("Counting took too long and was stopped.")}
    exact = sorted(found.intersections, key=lambda one: -one.only)
    bars = [
        Bar(" + ".join(segment.name for segment in one.segments), one.only, number_shown(one.only))
        for one in exact[:DRAWN]
        if one.only
    ]
    title = _("Customers in exactly these")
    return {
        "overlap": found,
        "pairs": _pairs(found, user),
        "intersections": [
            (
                one,
                _customers_url(user, one.segments),
                _customers_url(user, one.segments, [s for s in segments if s not in one.segments]),
            )
            for one in found.intersections
        ],
        "chart": bar_chart(bars, title),
        "chart_title": title,
    }


def _customers_url(
    user: User | AnonymousUser, segments: Sequence[Segment], others: Sequence[Segment] = ()
) -> str:
    """Return where the customers in all of `segments` and in none of `others` are shown."""
    if len(segments) == 1 and not others:
        may_see = user.has_perm("segments.view_members")
        return reverse("admin:segments_segment_members", args=[segments[0].pk]) if may_see else ""
    name = " + ".join(one.name for one in segments)
    if others:
        name = _("Only %(segments)s") % {"segments": name}
    return builder_url(user, name[:LONGEST_NAME], [*is_in_all(segments), *is_in_none(others)])


def _pairs(found: Overlap, user: User | AnonymousUser) -> list[tuple[Segment, list[Pair]]]:
    """Return a row for each segment, with its overlap with each segment."""
    return [
        (row, [_pair(found, row, column, user) for column in found.segments])
        for row in found.segments
    ]


def _pair(found: Overlap, row: Segment, column: Segment, user: User | AnonymousUser) -> Pair:
    size = found.shared_by(row).count
    both = [row] if row == column else [row, column]
    shared = found.shared_by(*both).count
    return Pair(shared, shared / size if size else None, row == column, _customers_url(user, both))
