"""The page “Calendar”: in which of the coming weeks each variant has its time."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.clock import now
from personalization.models import ExperienceVariant

WEEKS = 8
MOST = 500


def calendar_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show a row for each active variant, by placement and the order in which they win."""
    weeks = _weeks(now())
    rows = ExperienceVariant.objects.filter(is_active=True, placement__is_active=True)
    rows = rows.select_related("placement").order_by("placement__code", "priority", "code")
    variants = list(rows[: MOST + 1])
    context |= {
        "title": _("Calendar"),
        "weeks": [first for first, _end in weeks],
        "rows": [(one, [_is_on(one, *week) for week in weeks]) for one in variants[:MOST]],
        "is_cut": len(variants) > MOST,
        "most": MOST,
    }
    return TemplateResponse(request, "admin/personalization/experiences/calendar.html", context)


def _weeks(at: datetime) -> list[tuple[datetime, datetime]]:
    """Return first instant and end of this week and those behind it, in the site's time zone."""
    today = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = today - timedelta(days=today.weekday())
    step = timedelta(days=7)
    return [(monday + step * week, monday + step * (week + 1)) for week in range(WEEKS)]


def _is_on(variant: ExperienceVariant, first: datetime, end: datetime) -> bool:
    starts_before = variant.starts_at is None or variant.starts_at < end
    return starts_before and (variant.ends_at is None or variant.ends_at > first)
