"""Texts in the forms of placements, variants and content: kept as they are typed."""

from typing import Any

from django import forms


class LinesField(forms.CharField):
    """A text of several lines, whichever way a browser ends them."""

    widget = forms.Textarea(attrs={"rows": 5})

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n").replace("\r", "\n")


class LineField(forms.CharField):
    """A text of one line."""

    widget = forms.TextInput(attrs={"class": "vTextField"})


def text_field(label: Any, help_text: Any = "", kind: type[forms.CharField] = LineField) -> Any:
    """Return a field that may be left empty, and keeps the spaces around what is typed."""
    return kind(label=label, required=False, strip=False, help_text=help_text)
