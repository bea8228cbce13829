"""Sales with the contribution of personalization to each."""

from typing import Any, ClassVar

from django.http import HttpResponseBase, StreamingHttpResponse
from django.urls import URLPattern, path
from rest_framework import serializers
from rest_framework.request import Request

from core.api.endpoint import Answer, Endpoint, Operation
from core.api.pages import PAGED, page_of
from core.api.parameters import Parameter
from core.api.parsing import ExactTextField
from core.api.routes.any_content_type import Anything, prefers_csv
from core.api.routes.slashes import either_way
from core.api.throttles import ApiRate
from personalization.api.throttles import AnalyticsRate
from personalization.conversions.documents import ConversionSerializer
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
        return page_of(_rows(self.query), "-pk", self.render, self)


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
