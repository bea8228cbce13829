"""The call for lifetime values with another horizon, discount or margin."""

from datetime import datetime
from http import HTTPStatus
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.access.website_limits import Treatment
from core.api.endpoint import Answer, Operation
from core.api.parsing import ClockField, ExactTextField, StrictSerializer, WholeNumberField
from core.api.permissions import user_of
from core.api.throttles import ApiRate
from core.audit import record_look
from customers.models import AuditSubject, Customer
from predictions.api.predicting.counted import Counted
from predictions.api.predicting.on_demand import MOST, NEEDED, people_called
from predictions.api.refusals import refusals
from predictions.api.responses import ForecastsSerializer, interval_as_json
from predictions.api.throttles import PredictRate, turn_for
from predictions.registry import model_named
from predictions.scores import plain
from predictions.scoring.customer_panel import warnings_of
from predictions.scoring.on_demand import deployed_of, forecasts_of, intervals_of

COLUMNS = ("clv", "expected_orders", "expected_order_value")
LATER = "version_is_later"


class ShareField(serializers.FloatField):
    """A JSON number from 0 to 1."""

    def __init__(self, **more: Any) -> None:
        super().__init__(min_value=0, max_value=1, **more)

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool | str):
            self.fail("invalid")
        return super().to_internal_value(data)


class ForecastRequestSerializer(StrictSerializer):
    """The customers, and the parameters of the forecast."""

    customers = serializers.ListField(
        child=ExactTextField(max_length=255), min_length=1, max_length=MOST
    )
    horizon_days = WholeNumberField(default=None, allow_null=True, min_value=1, max_value=1825)
    discount = ShareField(default=None, allow_null=True)
    margin = ShareField(default=None, allow_null=True)
    as_of = ClockField(default=None, allow_null=True)


class Forecasts(Counted):
    """Computes current lifetime values by the deployed version; stores nothing."""

    counted_as = "clv-predict"
    throttle_classes = (ApiRate, PredictRate)
    operations: ClassVar = {
        "POST": Operation(
            NEEDED,
            Answer(ForecastsSerializer),
            takes=ForecastRequestSerializer,
            example={"customers": ["C-1001"], "horizon_days": 182, "margin": 0.4},
            refusals=[HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE],
            summary="Forecast lifetime values",
            websites=Treatment.LIMITED,
            is_read=True,
        )
    }

    def post(self, request: Request) -> Response:
        asked = self.body()
        as_of: datetime = asked["as_of"] or clock.now()
        people: list[Customer] = people_called(asked["customers"], user_of(request))
        given = {
            name: asked[name]
            for name in ("horizon_days", "discount", "margin")
            if asked[name] is not None
        }
        with turn_for(len(people)), refusals():
            version = deployed_of(model_named("clv"))
            found = forecasts_of(people, version, as_of=as_of, **given)
            ranges = intervals_of(people, version, as_of=as_of, **given)
        record_look(
            *(user_of(request), AuditSubject.CUSTOMER, "", "clv/predict"),
            customers=[one.external_id for one in people],
        )
        is_later = version.as_of is not None and version.as_of > as_of
        return Response(
            {
                "predictions": [
                    {"id": one.external_id}
                    | {column: plain((what.scores or {}).get(column)) for column in COLUMNS}
                    | interval_as_json(interval)
                    | ({"why": what.why} if what.why else {})
                    for one, what, interval in zip(people, found, ranges, strict=True)
                ],
                "as_of": as_of,
                "version": version.number,
                "warnings": [*warnings_of(version, given), *([LATER] if is_later else [])],
            }
        )
