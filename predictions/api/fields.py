"""Serializer fields for values that are validated elsewhere."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


@extend_schema_field({})
class AnyField(serializers.Field[Any, Any, Any, Any]):
    """Any JSON value; decimals become floats, and infinite if they exceed the range of floats."""

    def __init__(self) -> None:
        super().__init__(allow_null=True)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Decimal):
            return float(data)
        if isinstance(data, list):
            return [self.to_internal_value(one) for one in data]
        return data

    def to_representation(self, value: Any) -> Any:
        return value
