"""Texts of forms as browsers send them: lines end with CRLF, and Django strips spaces."""

from django import forms


def with_newlines(text: str) -> str:
    """Return `text` with a newline at the end of each line, whichever way a browser ends lines."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def is_as_shown(bound: forms.BoundField) -> bool:
    """Return whether the text of a form's field was sent as the page showed it."""
    sent, shown = bound.data, bound.initial
    if not (isinstance(bound.field, forms.CharField) and isinstance(sent, str)):
        return False
    return isinstance(shown, str) and with_newlines(sent) == with_newlines(shown)
