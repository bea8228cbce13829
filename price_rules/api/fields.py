"""How values of rules stand in JSON."""

from datetime import date
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.parsing import AmountField, StrictSerializer, TextField


class DayField(serializers.DateField):
    """A day as a text, such as 2026-04-10, and nothing longer."""

    def to_internal_value(self, value: Any) -> date:
        if not isinstance(value, str) or len(value) != len("2026-04-10"):
            self.fail("invalid", format="YYYY-MM-DD")
        day: date = super().to_internal_value(value)
        return day


@extend_schema_field({"type": ["integer", "string"]})
class PiecesField(AmountField):
    """A number of pieces with at most 4 decimals; given as a text where it is not whole."""

    def to_representation(self, value: Any) -> Any:
        return value


class LabelField(serializers.DictField):
    """What shoppers read, by language."""

    child = TextField(max_length=255, allow_blank=True)


class QuestionSerializer(StrictSerializer):
    """A question about segments, as price rules and shops ask it."""

    operator = TextField()
    segments = serializers.ListField(child=TextField(max_length=255), max_length=100)


class AnyObjectField(serializers.DictField):
    """An object that is looked into elsewhere."""
