"""Path converters of the API."""

from django.urls import register_converter
from django.urls.converters import StringConverter


class TextConverter(StringConverter):
    """A text without slashes and NUL: PostgreSQL cannot compare a text that has NUL."""

    regex = r"[^/\0]+"


class AnyTextConverter(StringConverter):
    """A text without NUL that may have slashes: a shop's customer number may have any character."""

    regex = r"[^\0]+"


register_converter(TextConverter, "text")
register_converter(AnyTextConverter, "any_text")
