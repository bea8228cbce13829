"""Words and text fields in the admin of placements, variants and content."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from core.forms.texts import with_newlines
from core.text.codes import CODE

CODE_HELP = format_lazy(
    "{} {}",
    gettext_lazy("A short name for it, which never changes."),
    CODE.message,
)
PLACEMENT_CODE_HELP = format_lazy(
    "{} {}",
    gettext_lazy("The name by which the storefront asks for the place; it never changes."),
    CODE.message,
)
# What people call a placement.
PLACE = gettext_lazy("Place in the shop")


class PlaceFilter(admin.RelatedFieldListFilter):
    """The filter of a list by placement, under the name that people know."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = PLACE


class LinesField(forms.CharField):
    """A text of several lines, whichever way a browser ends them."""

    widget = forms.Textarea(attrs={"rows": 5})

    def to_python(self, value: Any) -> str:
        return with_newlines(str(super().to_python(value)))


class LineField(forms.CharField):
    """A text of one line."""

    widget = forms.TextInput(attrs={"class": "vTextField"})


def text_field(
    label: Any,
    help_text: Any = "",
    kind: type[forms.CharField] = LineField,
    widget: forms.Widget | None = None,
) -> Any:
    """Return a field that may be left empty, and keeps the spaces around a typed text."""
    return kind(label=label, required=False, strip=False, help_text=help_text, widget=widget)
