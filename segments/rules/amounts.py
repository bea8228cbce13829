"""Numbers that keep all their decimals, as the API takes and gives them."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from conditions.language.types import BadValue, number_of


@extend_schema_field({"type": ["string", "number"]})
class AmountField(serializers.Field[Any, Any, Any, Any]):
    """A number of JSON, or a text that spells one, with at most 4 decimals; given as a text."""

    def to_internal_value(self, data: Any) -> Decimal:
        try:
            return number_of(data)
        except BadValue as error:
            raise serializers.ValidationError(error.message, code=error.code) from error

    def to_representation(self, value: Any) -> str:
        return str(value)
