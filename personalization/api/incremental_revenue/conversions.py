"""Sales with the contribution of personalization to each."""

from typing import Any, ClassVar

from django.http import HttpResponseBase, StreamingHttpResponse
from django.urls import URLPattern, path
from rest_framework import serializers
from rest_framework.request import Request

from core.api.endpoint import Answer, Endpoint, Operation
from core.api.pages import PAGED, page_of
from core.api.parameters import Parameter
from core.api.parsing import ClockField, ExactTextField
from core.api.routes.any_content_type import Anything, prefers_csv
from core.api.routes.slashes import either_way
from core.api.throttles import ApiRate
from personalization.api.throttles import AnalyticsRate
from personalization.conversions.documents import conversion_document
from personalization.conversions.listing import NEEDED, conversions_of, csv_lines
from predictions.analytics.period_ends import MomentField
from predictions.analytics.periods import ends_of

PARAMETERS = (
    Parameter("from", MomentField(required=False), "Of orders from then on."),
    Parameter("to", MomentField(required=False), "Of orders until just before."),
    Parameter(
        "placement",
        ExactTextField(required=False),
        "The code of a placement: of orders with a touch of it.",
    ),
)
CSV = "csv"
FORMAT = Parameter(
    "format",
    serializers.ChoiceField(["json", CSV], required=False),
    "csv, or the header Accept: text/csv without it: all of the period as CSV.",
)


class ConversionTouchSerializer(serializers.Serializer[Any]):
    """An exposure within 30 days before the order, and its credit."""

    placement = serializers.CharField(
        allow_null=True, help_text="Null for a touch of this channel from another source."
    )
    variant = serializers.CharField(allow_null=True)
    experience = serializers.CharField(allow_null=True, help_text="The id of the answer.")
    at = ClockField()
    credit = serializers.CharField()


class AchievedLiftSerializer(serializers.Serializer[Any]):
    """A measured lift with its interval of 95 per cent."""

    value = serializers.FloatField()
    interval = serializers.ListField(child=serializers.FloatField())
    basis = serializers.CharField(help_text="experiment or holdout.")


class ConversionSerializer(serializers.Serializer[Any]):
    """A sale; `share` is null without revenue, `corrects` there from its second state on."""

    order = serializers.CharField()
    customer = serializers.CharField()
    at = ClockField()
    revenue = serializers.CharField()
    model = serializers.CharField()
    personalization_contribution = serializers.CharField()
    share = serializers.CharField(allow_null=True)
    touches = ConversionTouchSerializer(many=True)
    lift_achieved = AchievedLiftSerializer(allow_null=True)
    corrects = serializers.BooleanField(required=False)


class Conversions(Endpoint):
    """Attributed sales, those that were attributed last first."""

    throttle_classes = (ApiRate, AnalyticsRate)
    content_negotiation_class = Anything
    operations: ClassVar = {
        "GET": Operation(
            NEEDED,
            Answer(ConversionSerializer, pages=True, media=["text/csv"]),
            parameters=[*PARAMETERS, FORMAT, *PAGED],
            summary="List attributed conversions",
        )
    }

    def get(self, request: Request) -> HttpResponseBase:
        format = self.query.get("format")
        if format == CSV or (format is None and prefers_csv(request)):
            return _csv(self.query)
        return page_of(_rows(self.query), "-pk", conversion_document, self)


class ConversionsCsv(Endpoint):
    """The same as CSV, all of the period."""

    throttle_classes = (ApiRate, AnalyticsRate)
    content_negotiation_class = Anything
    operations: ClassVar = {
        "GET": Operation(
            NEEDED,
            Answer(None, media=["text/csv"]),
            parameters=PARAMETERS,
            summary="Export attributed conversions as CSV",
        )
    }

    def get(self, request: Request) -> HttpResponseBase:
        return _csv(self.query)


def _csv(given: Any) -> HttpResponseBase:
    return StreamingHttpResponse(
        csv_lines(_rows(given).order_by("-pk")),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="conversions.csv"'},
    )


def _rows(given: Any) -> Any:
    since, until = ends_of(given)
    return conversions_of(since, until, given.get("placement"))


urlpatterns: list[URLPattern] = [
    either_way("personalization/conversions/", Conversions, name="attributed-conversions"),
    path(
        "personalization/conversions.csv",
        ConversionsCsv.as_view(),
        name="attributed-conversions-csv",
    ),
]
