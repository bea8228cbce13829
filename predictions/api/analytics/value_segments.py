"""Value bands and RFM segments: figures of each, and the conditions of a segment for each."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import Answer, Endpoint, Operation
from predictions.analytics.parts.bands import parts
from predictions.api.analytics.answers import ScoredSerializer
from segments.models import AppliesTo

Text = serializers.CharField


class PartsHeadSerializer(ScoredSerializer):
    """The number of customers that the model has scored, on which `share` is based."""

    count = serializers.IntegerField(allow_null=True)


class CustomersPartSerializer(serializers.Serializer[Any]):
    """The customers of a value band or an RFM segment; money and `share` with 4 decimals."""

    code = Text()
    count = serializers.IntegerField()
    sales = Text(allow_null=True)
    mean_clv = Text(allow_null=True)
    share = Text(allow_null=True, help_text="Of all customers whom the model has scored.")
    conditions = serializers.JSONField(help_text="As `POST segments/` takes them.")

    def get_fields(self) -> Any:
        label = Text(help_text="In the language of the request.")
        return super().get_fields() | {"label": label}


class ValueSegmentsSerializer(serializers.Serializer[Any]):
    """Value bands and RFM segments as of the last scoring; empty for a model without scores."""

    clv = PartsHeadSerializer()
    rfm = PartsHeadSerializer()
    warnings = serializers.ListField(child=Text())
    applies_to = serializers.ChoiceField(
        AppliesTo.choices, help_text="What a segment of these conditions is to apply to."
    )
    value_bands = CustomersPartSerializer(many=True)
    rfm_segments = CustomersPartSerializer(many=True)


class ValueSegments(Endpoint):
    """Value bands and RFM segments as of the last scoring."""

    operations: ClassVar = {
        "GET": Operation(
            ["predictions.view_scores"],
            Answer(ValueSegmentsSerializer),
            summary="List value bands and RFM segments",
        )
    }

    def get(self, request: Request) -> Response:
        return Response(parts())
