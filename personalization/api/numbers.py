"""Numbers of JSON that are computed with, not stored as amounts."""

from decimal import Decimal
from math import isfinite
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


@extend_schema_field({"type": "number"})
class PlainNumberField(serializers.Field[Any, Any, Any, Any]):
    """A finite number of JSON as a float."""

    default_error_messages = {"invalid": _("A number is needed here.")}

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float | Decimal):
            self.fail("invalid")
        try:
            number = float(data)
        except OverflowError:
            self.fail("invalid")
        if not isfinite(number):
            self.fail("invalid")
        return number

    def to_representation(self, value: Any) -> float:
        return float(value)
