"""JSON as a field of forms."""

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from core.problems import Invalid
from core.text.json_documents import read_document


class JsonField(forms.CharField):
    """An object as JSON, which is checked where it is stored."""

    default_error_messages = {"not_an_object": gettext_lazy("This is no object of JSON.")}

    def __init__(self, **more: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 6, "spellcheck": "false"})
        super().__init__(strip=False, required=False, widget=widget, **more)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        if not text.strip():
            return {}
        try:
            found = read_document(text)
        except Invalid as error:
            raise forms.ValidationError(str(error)) from error
        if not isinstance(found, Mapping):
            raise forms.ValidationError(self.error_messages["not_an_object"])
        return found

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, str):
            return value
        return json.dumps(value or {}, ensure_ascii=False, indent=2)
