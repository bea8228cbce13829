"""Fields of forms for what is no single value: a JSON document, and codes of a list."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from core.problems import Invalid
from core.text.json_documents import read_document


class DocumentField(forms.CharField):
    """A JSON document as a text; one that is equal to `empty` says nothing (None)."""

    def __init__(self, *, empty: Callable[[], Any], **more: Any) -> None:
        self.empty = empty
        super().__init__(strip=False, required=False, **more)

    def to_python(self, value: Any) -> Any:
        try:
            document = read_document(value or "null")
        except Invalid as error:
            raise forms.ValidationError(str(error), code="invalid") from error
        return self._none_if_empty(document)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, str):
            return value
        return json.dumps(value or self.empty(), ensure_ascii=False, indent=2)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != self._none_if_empty(initial))
        except forms.ValidationError:
            return True

    def _none_if_empty(self, document: Any) -> Any:
        return None if document == self.empty() else document


class CodesField(forms.MultipleChoiceField):
    """Codes to tick, those that are gone among them where they were there before."""

    def offer(self, known: Iterable[tuple[str, str]], stored: Iterable[str]) -> dict[str, str]:
        """Offer the `known` codes with their names, and those that are `stored`; return all."""
        names = dict(known)
        gone = _("%(code)s (gone or inactive)")
        names |= {code: gone % {"code": code} for code in stored if code not in names}
        self.choices = list(names.items())
        return names
