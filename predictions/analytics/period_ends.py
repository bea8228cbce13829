"""Ends of a period as somebody writes them: an instant with its offset, or a date."""

import re
from datetime import UTC, date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from conditions.language.windows import start_of_day
from core.api.parsing import ClockField
from customers.models import Website

DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# The code and the time zone of the website that the first migration creates.
DEFAULT_WEBSITE, DEFAULT_ZONE = "default", "UTC"


@extend_schema_field({"type": "string"})
class MomentField(serializers.Field[Any, Any, Any, Any]):
    """An aware instant (UTC); a date is its first instant in the default website's time zone."""

    default_error_messages = {
        "not_a_moment": _("A date is needed, or a time with its offset: 2026-04-10T12:00:00Z."),
        "out_of_range": _("The time is too far away."),
    }

    def to_internal_value(self, data: Any) -> datetime:
        if not isinstance(data, str):
            self.fail("not_a_moment")
        if not DATE.fullmatch(data):
            return self._validate_moment(data)
        try:
            day = date.fromisoformat(data)
        except ValueError:
            self.fail("not_a_moment")
        begins = start_of_day(day, default_zone())
        if begins is None:
            self.fail("out_of_range")
        return self._validate_moment(begins.isoformat())

    def _validate_moment(self, text: str) -> datetime:
        found: datetime = ClockField().run_validation(text)
        return found

    def to_representation(self, value: datetime) -> str:
        return value.astimezone(UTC).isoformat()


def default_zone() -> str:
    """Return the name of the default website's time zone."""
    zones = Website.objects.filter(code=DEFAULT_WEBSITE).values_list("timezone", flat=True)
    return zones.first() or DEFAULT_ZONE
