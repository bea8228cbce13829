"""An attributed conversion as others read it: in the signal, in the API and in webhooks."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from core.api.parsing import ClockField
from core.api.response_fields import DocumentSerializer
from personalization.models import AttributedConversion

Document = dict[str, Any]
TOPIC = "conversion_attributed"


def conversion_values(row: AttributedConversion) -> Document:
    """Return the values of a conversion whose customer is loaded; amounts are Decimals.

    `corrects` is there, and true, where the state replaces one that was sent before.
    """
    found: Document = {
        "order": row.number,
        "customer": row.customer.external_id,
        "at": row.at,
        "revenue": row.revenue,
        "model": row.model,
        "personalization_contribution": row.contribution,
        "share": row.share,
        "touches": row.touches,
        "lift_achieved": row.lift,
    }
    return found | ({"corrects": True} if row.revision > 1 else {})


class FourDecimalsField(serializers.CharField):
    """A number as a text with 4 decimals."""

    def to_representation(self, value: Decimal) -> str:  # type: ignore[override]
        return f"{value:.4f}"


class CorrectsField(serializers.BooleanField):
    """True where the state replaces one that was sent before; left out otherwise."""

    def get_attribute(self, instance: AttributedConversion) -> bool:
        if instance.revision == 1:
            raise serializers.SkipField
        return True


class ConversionTouchSerializer(DocumentSerializer):
    """An exposure within 30 days before the order, and its credit."""

    placement = serializers.CharField(
        allow_null=True, help_text="Null for a touch of this channel from another source."
    )
    variant = serializers.CharField(allow_null=True)
    experience = serializers.CharField(allow_null=True, help_text="The id of the answer.")
    at = ClockField()
    credit = serializers.CharField()


class AchievedLiftSerializer(DocumentSerializer):
    """A measured lift with its interval of 95 per cent."""

    value = serializers.FloatField()
    interval = serializers.ListField(child=serializers.FloatField())
    basis = serializers.CharField(help_text="experiment or holdout.")


class ConversionSerializer(serializers.Serializer[AttributedConversion]):
    """A sale; `share` is null without revenue, `corrects` there from its second state on."""

    order = serializers.CharField(source="number")
    customer = serializers.CharField(source="customer.external_id")
    at = ClockField()
    revenue = FourDecimalsField()
    model = serializers.CharField()
    personalization_contribution = FourDecimalsField(source="contribution")
    share = FourDecimalsField(allow_null=True)
    touches = ConversionTouchSerializer(many=True)
    lift_achieved = AchievedLiftSerializer(source="lift", allow_null=True)
    corrects = CorrectsField(required=False)


def message_of(reference: Sequence[int]) -> Mapping[str, Any] | None:
    """Return the body of a webhook message about a row and its revision; None: it was erased.

    The figures are the latest ones; `corrects` is that of the revision.
    """
    key, revision = reference
    row = AttributedConversion.objects.select_related("customer").filter(pk=key).first()
    if row is None:
        return None
    row.revision = revision
    return ConversionSerializer(row).data
