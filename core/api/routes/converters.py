"""What may stand in an address of the API between two slashes."""

from django.urls import register_converter
from django.urls.converters import StringConverter


class TextConverter(StringConverter):
    """A text without NUL: nothing is called by one, and PostgreSQL does not compare it."""

    regex = r"[^/\0]+"


class AnyTextConverter(StringConverter):
    """The same, slashes too: a shop's own number of a customer may have any character in it."""

    regex = r"[^\0]+"


register_converter(TextConverter, "text")
register_converter(AnyTextConverter, "any_text")
