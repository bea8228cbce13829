"""The part of a variant's form that says in which visits alone it is shown."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from core.problems import Problem
from core.resources.admin import ResourceForm
from personalization.admin.experiences.fields import JsonField
from personalization.admin.experiences.rows_field import RowColumn, RowsField
from personalization.experiences.resources import CONTEXT
from personalization.models import ExperienceVariant
from personalization.models.behavior.types import DEVICES

PREFIX = "only_"
VALUE = (RowColumn("value", gettext_lazy("Value"), most=255),)


class VisitForm(ResourceForm):
    """A form of a row that may be limited to devices, times of day, sessions, sources."""

    only_device = forms.MultipleChoiceField(
        label=gettext_lazy("Only on"),
        required=False,
        choices=tuple(DEVICES.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None chosen: on all devices."),
    )
    only_time_of_day = RowsField(
        VALUE,
        label=gettext_lazy("Only at this time of day"),
        help_text=gettext_lazy("As the storefront calls it, such as morning. None: at any time."),
    )
    only_session_type = RowsField(
        VALUE,
        label=gettext_lazy("Only in such sessions"),
        help_text=gettext_lazy("As the storefront calls them, such as returning. None: in all."),
    )
    only_traffic_source = RowsField(
        VALUE,
        label=gettext_lazy("Only for who comes from"),
        help_text=gettext_lazy(
            "As the storefront calls it, such as newsletter. None: from anywhere."
        ),
    )
    only_json = JsonField(
        label=gettext_lazy("Only in"),
        help_text=gettext_lazy(
            "Another system has written something that the fields of this form have no place for: "
            "it is shown as JSON."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored: Mapping[str, Any] = self.stored.context if self.stored else {}
        if fits(stored):
            self.fields.pop("only_json", None)
            for name in CONTEXT[1:]:
                values = stored.get(name, [])
                self.initial[f"{PREFIX}{name}"] = [{"value": value} for value in values]
            self._offer_devices(stored.get("device", []))
            self._suggest()
        else:
            self.initial["only_json"] = stored
            for name in visit_fields({}):
                self.fields.pop(name, None)

    def visits(self) -> Any:
        """Return to which values the form limits it."""
        data = self.cleaned_data
        if "only_json" in self.fields:
            return data.get("only_json")
        found = {"device": data.get("only_device")}
        for name in CONTEXT[1:]:
            found[name] = [row["value"] for row in data.get(f"{PREFIX}{name}") or ()]
        return {name: values for name, values in found.items() if values}

    def document(self) -> dict[str, Any]:
        return {**super().document(), "context": self.visits()}

    def document_field_of(self, name: str) -> str:
        return "context" if name in VisitForm.base_fields else super().document_field_of(name)

    def report(self, problem: Problem) -> None:
        column, _point, path = problem.path.partition(".")
        if column != "context":
            super().report(problem)
        elif "only_json" in self.fields:
            self.add_error("only_json", f"{path}: {problem.message}" if path else problem.message)
        else:
            self.add_error(f"{PREFIX}{path}", problem.message)

    def _suggest(self) -> None:
        used = values_used()
        for name in CONTEXT[1:]:
            field = self.fields.get(f"{PREFIX}{name}")
            if isinstance(field, RowsField):
                (column,) = VALUE
                field.widget.columns = (replace(column, suggestions=used[name]),)

    def _offer_devices(self, devices: list[str]) -> None:
        self.initial["only_device"] = devices
        if "only_device" in self.fields:
            more = [(one, one) for one in devices if one not in DEVICES]
            field = self.fields["only_device"]
            field.choices = [*DEVICES.items(), *more]  # type: ignore[attr-defined]


def values_used() -> dict[str, list[str]]:
    """Return the values that variants are limited to, for each part of a visit."""
    found: dict[str, set[str]] = {name: set() for name in CONTEXT}
    rows = ExperienceVariant.objects.exclude(context={}).order_by()
    for context in rows.values_list("context", flat=True):
        for name in found.keys() & context:
            found[name].update(context[name])
    return {name: sorted(values) for name, values in found.items()}


def visit_fields(context: Mapping[str, Any]) -> list[str]:
    """Return the names of the fields that the form of a stored limit has, in their order."""
    return [f"{PREFIX}{name}" for name in CONTEXT] if fits(context) else ["only_json"]


def fits(context: Mapping[str, Any]) -> bool:
    """Return whether rows of one line, of which none is blank, can show all of it."""
    texts = [text for values in context.values() for text in values]
    return set(context) <= set(CONTEXT) and all(
        text.strip() and "\n" not in text and "\r" not in text for text in texts
    )
