"""The page “Calendar”: in which weeks each variant has its time, and which others hide it then."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.clock import now
from personalization.admin.audience import describe_audience, segment_names_for
from personalization.models import ExperienceVariant

WEEKS = 8
STEP = timedelta(days=7)
MOST = 500
# Farther off a calendar has no weeks that could be headed.
FIRST, LAST = date(1900, 1, 1), date(9000, 1, 1)
Week = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Cell:
    """A variant in a week: whether it has its time, and which other hides it, in part or wholly."""

    is_on: bool
    hider: ExperienceVariant | None = None
    is_hidden: bool = False


def calendar_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show a row for each active variant, by placement and the order in which they win."""
    monday = _monday(request.GET.get("from"))
    weeks = [_week(monday + STEP * number) for number in range(WEEKS)]
    rows = ExperienceVariant.objects.filter(is_active=True, placement__is_active=True)
    rows = rows.select_related("placement").order_by("placement__code", "priority", "code")
    variants = list(rows[: MOST + 1])
    names = segment_names_for(request.user, variants)
    context |= {
        "title": _("Calendar"),
        "weeks": [first for first, _end in weeks],
        "earlier": monday - STEP * WEEKS,
        "later": monday + STEP * WEEKS,
        "rows": [
            (one, describe_audience(one.audience, names), cells)
            for one, cells in _cells(variants[:MOST], weeks)
        ],
        "is_cut": len(variants) > MOST,
        "most": MOST,
    }
    return TemplateResponse(request, "admin/personalization/experiences/calendar.html", context)


def _monday(text: str | None) -> date:
    """Return the Monday from which weeks are shown; that of today where none is given."""
    try:
        day = timezone.localdate(now()) if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise Http404 from error
    if not FIRST <= day <= LAST:
        raise Http404
    return day - timedelta(days=day.weekday())


def _week(monday: date) -> Week:
    """Return first instant and end of a week, in the site's time zone."""
    zone = timezone.get_current_timezone()
    first, end = (datetime.combine(day, time(), zone) for day in (monday, monday + STEP))
    return first, end


def _cells(
    variants: Sequence[ExperienceVariant], weeks: Sequence[Week]
) -> Iterator[tuple[ExperienceVariant, list[Cell]]]:
    """Yield the variants, in the order in which they win, with a cell for each week."""
    for _placement, own in groupby(variants, key=lambda one: one.placement_id):
        # A variant for everybody hides the variants of lower precedence.
        hiders: list[ExperienceVariant] = []
        for one in own:
            yield one, [_cell(one, hiders, week) for week in weeks]
            if one.audience is None and not one.context:
                hiders.append(one)


def _cell(variant: ExperienceVariant, hiders: Sequence[ExperienceVariant], week: Week) -> Cell:
    span = _part_of_week(variant, week)
    if span is None:
        return Cell(False)
    partly = None
    for one in hiders:
        hidden = _part_of_week(one, span)
        if hidden == span:
            return Cell(True, one, True)
        partly = partly or (one if hidden else None)
    return Cell(True, partly)


def _part_of_week(variant: ExperienceVariant, span: Week) -> Week | None:
    """Return the part of a span in which a variant has its time; None for none of it."""
    first = max(span[0], variant.starts_at or span[0])
    end = min(span[1], variant.ends_at or span[1])
    return (first, end) if first < end else None
