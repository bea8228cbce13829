"""Alerts on other pages: the card on Home and the page of a segment."""

from datetime import timedelta
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts.admin.alert import CHANGE, VIEW
from alerts.checks.muting import mute_segment, muted_until
from alerts.models import Alert, AlertState
from alerts.words import describe_alert
from core.clock import now
from core.text.formats import moment_shown
from segments.admin.cards import Card
from segments.admin.tabs import SegmentTab
from segments.models import Segment

SHOWN_ON_HOME, SHOWN_OF_SEGMENT = 10, 50
# Alerts that ended by themselves are news for so long.
NEWS = timedelta(days=7)
MUTED_DAYS = (0, 1, 7, 30)


def rows_of(alerts: QuerySet[Alert], most: int) -> list[tuple[Alert, str, bool]]:
    """Return alerts with their sentences, and whether each waits for a decision."""
    rows = alerts.select_related("segment", "resolved_by").order_by("-pk")[:most]
    waiting = (AlertState.OPEN, AlertState.OVER)
    return [(one, describe_alert(one), one.state in waiting) for one in rows]


def home_figures(request: HttpRequest) -> dict[str, Any]:
    """Return the alerts for the home page: open ones, and those that ended within a week."""
    news = Q(state=AlertState.OVER, ended_at__gt=now() - NEWS)
    waiting = Alert.objects.filter(Q(state=AlertState.OPEN) | news)
    shown = rows_of(waiting, SHOWN_ON_HOME)
    return {
        "alerts": shown,
        "open_count": Alert.objects.filter(state=AlertState.OPEN).count(),
        "may_resolve": request.user.has_perm(CHANGE),
        "page": request.path,
    }


class MutingForm(forms.Form):
    """The number of days for which the alerts of a segment are not sent."""

    days = forms.TypedChoiceField(coerce=int, choices=[(one, one) for one in MUTED_DAYS])


def segment_page(request: HttpRequest, segment: Segment, context: dict[str, Any]) -> HttpResponse:
    """Show the alerts of a segment; mute them for some days."""
    if request.method == "POST":
        return _mute(request, segment)
    until = muted_until(segment)
    context["alerts"] = rows_of(Alert.objects.filter(segment=segment), SHOWN_OF_SEGMENT)
    context["may_resolve"] = request.user.has_perm(CHANGE)
    context["muted_until"] = moment_shown(until) if until and until > now() else ""
    context["muted_days"] = MUTED_DAYS[1:]
    context["page"] = request.path
    return TemplateResponse(request, "admin/alerts/segment.html", context)


def _mute(request: HttpRequest, segment: Segment) -> HttpResponse:
    if not request.user.has_perm(CHANGE):
        raise PermissionDenied
    form = MutingForm(request.POST)
    if form.is_valid():
        days = form.cleaned_data["days"]
        until = now() + timedelta(days=days) if days else None
        mute_segment(segment, until, cast(User, request.user))
        text = _("Alerts are muted.") if days else _("Alerts are sent again.")
        messages.success(request, text)
    return redirect("admin:segments_segment_alerts", segment.pk)


CARD = Card("alerts", gettext_lazy("Alerts"), "admin/alerts/card.html", home_figures, (VIEW,))
TAB = SegmentTab("alerts", gettext_lazy("Alerts"), segment_page, (VIEW,), methods=("GET", "POST"))
