"""What the loyalty app shows: pages of a segment and of a customer, a card, a report."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from core.audit import record_look
from core.figures.charts import bar_chart
from core.figures.table import Table
from customers.models import AuditSubject, Customer
from segments.models import Segment
from segments.reports.days import beginning_of, last_days
from segments.reports.shown import DRAWN, Chart, Shown, bars_of
from tests.loyalty.models import PointsEntry, PointsScore

BEST = 10


def best_members(request: HttpRequest, segment: Segment, context: dict[str, Any]) -> HttpResponse:
    """Show the members with the highest scores, by name."""
    scores = PointsScore.objects.filter(customer__memberships__segment=segment)
    context["scores"] = scores.select_related("customer").order_by("-value", "pk")[:BEST]
    seen = [score.customer.external_id for score in context["scores"]]
    if seen:
        record_look(request.user, AuditSubject.SEGMENT, segment.code, "loyalty", customers=seen)
    return TemplateResponse(request, "loyalty/best_members.html", context)


def points_of_customer(
    request: HttpRequest, customer: Customer, context: dict[str, Any]
) -> HttpResponse:
    """Show what points were given to a customer and taken."""
    context |= {
        "entries": PointsEntry.objects.filter(customer=customer).order_by("-at", "-pk")[:BEST],
        "page_name": _("Points"),
    }
    return TemplateResponse(request, "loyalty/points_of_customer.html", context)


def totals(request: HttpRequest) -> dict[str, Any]:
    """Return what the card shows: all scores."""
    return PointsScore.objects.aggregate(customers=Count("pk"), points=Sum("value"))


def points_given(segments: Sequence[Segment], days: int, until: datetime) -> Shown:
    """Return the report: the points that today's members got and lost in the last `days` days."""
    since = beginning_of(last_days(days, until)[0])
    found = dict(
        PointsEntry.objects.filter(at__gte=since, at__lte=until)
        .filter(customer__memberships__segment__in=segments)
        .values_list("customer__memberships__segment")
        .annotate(Sum("points"))
        .order_by()
    )
    rows = [(segment, float(found.get(segment.pk, 0))) for segment in segments]
    title = _("Points")
    charts = [Chart(title, bar_chart(bars_of(rows[:DRAWN], 1), title))]
    return Shown(Table((_("Segment"), title), rows), charts)
