"""What the forms of experiments and recommendation rules have in common, and JSON as a field."""

import json
from collections.abc import Callable, Mapping
from copy import copy
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.problems import Invalid, Problem
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


class CheckedForm(forms.ModelForm[Any]):
    """A form whose row is checked, and stored, by the same code as on every other way in."""

    opened_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        model = type(self.instance)
        # Cleaning puts what was sent on the instance.
        pk = self.instance.pk
        self.stored = model._default_manager.get(pk=pk) if pk else None
        # Of these fields something is said already: what follows from that is not said as well.
        self.wrong: frozenset[str] = frozenset()
        self.initial["opened_version"] = self.stored.version if self.stored else None

    def says(self) -> Any:
        """Return what the form says."""
        raise NotImplementedError

    def row(self) -> Any:
        """Return the row that it is said of: the stored one, or a new one."""
        raise NotImplementedError

    def check_says(self, check: Callable[[Any, Any], Any]) -> None:
        """Report what is wrong with what the form says, and whether it is about what is stored.

        Fields that are wrong by themselves count as left empty, so that all is said at once.
        """
        self.wrong = frozenset(self.errors)
        self.cleaned_data |= {
            name: _left_empty(self.fields[name]) for name in self.wrong if name in self.fields
        }
        row = self.row()
        try:
            check(self.says(), row)
        except Invalid as error:
            for problem in error.problems:
                self.report(problem)
        if self.stored is None and "code" not in self.errors and _is_taken(row):
            self.add_error("code", _("This code is taken."))
        opened = self.cleaned_data.get("opened_version")
        if self.stored is not None and opened not in (None, self.stored.version):
            text = _("Somebody else has changed it meanwhile: look at it before you save again.")
            self.add_error(None, text)

    def add_error(self, field: Any, error: Any) -> None:
        if field not in self.wrong:
            super().add_error(field, error)

    def report(self, problem: Problem) -> None:
        """Show a problem beside its field."""
        field = problem.path.partition(".")[0].partition("[")[0]
        path = problem.path.removeprefix(field).lstrip(".")
        message = f"{path}: {problem.message}" if path else problem.message
        self.add_error(field if field in self.fields else None, message)

    def _post_clean(self) -> None:
        """Nothing to do: `check_says` has looked at everything, and the instance stays as it is."""


def _left_empty(field: forms.Field) -> Any:
    """Return what a field comes to that may be left empty, and is."""
    free = copy(field)
    free.required = False
    return free.clean(None)


def _is_taken(row: Any) -> bool:
    """Return whether another row has what makes a new one unlike all others: its code."""
    try:
        row.validate_unique()
        row.validate_constraints()
    except forms.ValidationError:
        return True
    return False
