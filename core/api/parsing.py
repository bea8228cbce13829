"""Parsers and serializer fields: JSON is read exactly, and unknown fields are refused."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from math import isfinite
from typing import Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.parsers import BaseParser

from core.clock import checked_clock
from core.text.exact_numbers import BadValue, number_of
from core.text.json_documents import read_document


class ExactJSONParser(BaseParser):
    """Reads JSON with decimals for numbers; refuses repeated keys, NaN and Infinity."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        return read_document(stream.read(limit + 1), limit=limit)


class BytesParser(BaseParser):
    """Returns the body of any media type unchanged, cut off one byte after `limit`."""

    media_type = "*/*"
    limit: int

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        return stream.read(self.limit + 1)


class StrictSerializer(serializers.Serializer[Any]):
    """A serializer that refuses fields it does not know.

    `passed_over` are fields of responses that requests may contain, too, where they are ignored.
    """

    passed_over: ClassVar[Collection[str]] = ()

    default_error_messages = {"unknown_field": _("There is no field “{field}” here.")}

    def to_internal_value(self, data: Any) -> Any:
        if self.passed_over and _is_object(data):
            data = {key: value for key, value in data.items() if key not in self.passed_over}
        unknown = [key for key in data if key not in self.fields] if _is_object(data) else []
        found: dict[str, Any] = {
            str(key): [
                serializers.ErrorDetail(
                    str(self.error_messages["unknown_field"]).format(field=key), "unknown_field"
                )
            ]
            for key in unknown
        }
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if isinstance(error.detail, Mapping):
                raise serializers.ValidationError({**error.detail, **found}) from error
            raise
        if found:
            raise serializers.ValidationError(found)
        return values


class TextField(serializers.CharField):
    """A text, and nothing that could be written as one."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class ExactTextField(TextField):
    """A text as it was sent, spaces around it too: a shop's numbers and codes are kept so."""

    def __init__(self, **more: Any) -> None:
        super().__init__(trim_whitespace=False, **more)


class YesNoField(serializers.BooleanField):
    """A boolean of JSON."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class WholeNumberField(serializers.IntegerField):
    """A whole number of JSON."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


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


class CodesField(serializers.ListField):
    """A list of codes."""

    child = TextField(max_length=255)


class ClockField(serializers.DateTimeField):
    """A point in time to judge conditions at, written with its offset."""

    default_error_messages = {
        "no_offset": _("A time needs its offset, such as 2026-04-10T12:00:00Z."),
        "out_of_range": _("The time is too far away."),
    }

    def enforce_timezone(self, value: datetime) -> datetime:
        if value.tzinfo is None:
            self.fail("no_offset")
        try:
            return checked_clock(value).astimezone(UTC)
        except ValueError:
            self.fail("out_of_range")

    def to_representation(self, value: datetime) -> str:
        """Return the instant with its offset, one that would be refused too: a form shows it."""
        return value.isoformat().replace("+00:00", "Z")


@extend_schema_field({"type": "object", "additionalProperties": True})
class TreeField(serializers.Field[Any, Any, Any, Any]):
    """A rule tree: any object; the condition language validates its content."""

    default_error_messages = {"not_a_group": _("A rule tree is an object.")}

    def to_internal_value(self, data: Any) -> Any:
        if not _is_object(data):
            self.fail("not_a_group")
        return data

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_field({"type": "object", "additionalProperties": True})
class CartField(serializers.Field[Any, Any, Any, Any]):
    """A cart as the till has it; the reader of carts validates its columns."""

    def to_internal_value(self, data: Any) -> Any:
        return data


def check_empty(data: Any) -> None:
    """Refuse the body of a request that takes none."""
    StrictSerializer(data=data).is_valid(raise_exception=True)


def _is_object(data: Any) -> bool:
    return isinstance(data, Mapping)
