"""Endpoints for alerts: the list, one alert, decisions about an alert, and muted segments."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.checks.alert_changes import resolve_alert
from alerts.checks.muting import mute_segment, muted_until
from alerts.documents import AlertSerializer
from alerts.models import Alert, AlertKind, AlertState, Resolution
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.pages import PAGED, page_of
from core.api.parameters import Parameter
from core.api.parsing import ClockField, StrictSerializer
from core.api.permissions import user_of
from core.api.refusals import invalid
from core.problems import Problem
from core.resources.fields import ChoiceField
from segments.models import Segment

VIEW, CHANGE = "segments.view_alert", "segments.change_alert"
# The highest number of a row that a database can store.
HIGHEST = 2**63 - 1


class ResolutionSerializer(StrictSerializer):
    """What somebody makes of an alert."""

    def get_fields(self) -> dict[str, Any]:
        # A word of Python's, which no attribute can be called by.
        return {"as": ChoiceField(Resolution.choices), **super().get_fields()}


class MutingSerializer(StrictSerializer):
    """Until when the alerts of a segment are sent to nobody; null: they are sent."""

    alerts_muted_until = ClockField(allow_null=True)


class Alerts(Endpoint):
    """All alerts, the oldest first."""

    operations: ClassVar = {
        "GET": Operation(
            [VIEW],
            Answer(AlertSerializer, pages=True),
            parameters=[
                *PAGED,
                Parameter("state", serializers.ChoiceField(AlertState.choices, required=False)),
                Parameter(
                    "segment", serializers.CharField(required=False), "The code of a segment."
                ),
                Parameter("kind", serializers.ChoiceField(AlertKind.choices, required=False)),
            ],
            summary="List alerts",
        )
    }

    def get(self, request: Request) -> Response:
        rows = Alert.objects.select_related("segment", "resolved_by")
        chosen: dict[str, Any] = {
            name: self.query[name] for name in ("state", "kind") if name in self.query
        }
        if "segment" in self.query:
            chosen["segment"] = _segment_of_filter(self.query["segment"])
        return page_of(rows.filter(**chosen), "pk", self.render, self)


class OneAlert(Endpoint):
    """One alert."""

    operations: ClassVar = {
        "GET": Operation([VIEW], Answer(AlertSerializer), summary="Read an alert")
    }

    def get(self, request: Request, number: int) -> Response:
        return Response(self.render(alert_at(number)))


class Resolving(Endpoint):
    """Notes that somebody knows of an alert, or that its size is usual from now on."""

    operations: ClassVar = {
        "POST": Operation(
            [CHANGE],
            Answer(AlertSerializer),
            takes=ResolutionSerializer,
            example={"as": "noted"},
            summary="Resolve an alert",
        )
    }

    def post(self, request: Request, number: int) -> Response:
        alert = alert_at(number)
        resolution = Resolution(self.body()["as"])
        return Response(self.render(resolve_alert(alert, resolution, user_of(request))))


class Muting(Endpoint):
    """Until when the alerts of a segment are sent to nobody."""

    operations: ClassVar = {
        "GET": Operation(
            [VIEW], Answer(MutingSerializer), summary="Read until when alerts are muted"
        ),
        "PUT": Operation(
            [CHANGE],
            Answer(MutingSerializer),
            takes=MutingSerializer,
            example={"alerts_muted_until": "2026-05-02T08:00:00Z"},
            summary="Mute the alerts of a segment",
        ),
    }

    def get(self, request: Request, code: str) -> Response:
        return Response(_muting_document(_segment_at(code)))

    def put(self, request: Request, code: str) -> Response:
        segment = _segment_at(code)
        mute_segment(segment, self.body()["alerts_muted_until"], user_of(request))
        return Response(_muting_document(segment))


def alert_at(number: int) -> Alert:
    """Return the alert of that number; raises NotFound."""
    rows = Alert.objects.select_related("segment", "resolved_by")
    alert = rows.filter(pk=number).first() if number <= HIGHEST else None
    if alert is None:
        raise NotFound(_("There is no such alert."))
    return alert


def _segment_at(code: str) -> Segment:
    segment: Segment | None = Segment.objects.filter(code=code).first()
    if segment is None:
        raise NotFound(_("There is no segment “%(code)s”.") % {"code": code})
    return segment


def _segment_of_filter(code: str) -> Segment:
    segment: Segment | None = Segment.objects.filter(code=code).first()
    if segment is None:
        text = _("There is no segment “%(code)s”.") % {"code": code}
        raise invalid(Problem("segment", "unknown_segment", text))
    return segment


def _muting_document(segment: Segment) -> dict[str, Any]:
    until = muted_until(segment)
    return {"alerts_muted_until": until and until.isoformat().replace("+00:00", "Z")}
