"""Pages and forms of custom attributes: their definitions, and one value field for every type."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import ModelForm
from django.utils.translation import gettext_lazy as _

from core.admin.inlines import BoundedInline
from core.admin.rights import DefinitionAdmin
from core.database.fields import ExactDecimalField
from core.forms.numbers import typed_number
from customers.imports.staging.cells import BOOLEANS
from customers.models import AttributeType


class OptionsField(forms.CharField):
    """A list of texts, one to a line."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in (value or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((initial or []) != self.to_python(data))


class DefinitionForm(ModelForm[Any]):
    """A custom attribute; only a choice has options, and it has one at least."""

    options = OptionsField(
        label=_("options"), required=False, help_text=_("For a choice: its values, one to a line.")
    )

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        is_choice = (cleaned.get("type") or self.instance.type) == AttributeType.CHOICE
        if "options" in cleaned and bool(cleaned["options"]) != is_choice:
            self.add_error(
                "options",
                _("A choice needs options.") if is_choice else _("Only a choice has options."),
            )
        return cleaned


class AttributeAdmin(DefinitionAdmin[Any]):
    """Pages of custom attributes; the type stays, since values lie in the column of their type."""

    form = DefinitionForm
    fixed = ("code", "type")
    list_display = ("code", "label", "type")
    list_filter = ("type",)
    fields = ("code", "label", "type", "options")
    search_fields = ("code", "label")


class ValueForm(ModelForm[Any]):
    """A custom attribute's value, written as text and kept in the column of its type."""

    value = forms.CharField(label=_("value"))

    class Meta:
        fields = ("attribute",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["value"] = form_text(getattr(self.instance, self.instance.attribute.type))

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        attribute, text = cleaned.get("attribute"), cleaned.get("value")
        if attribute is None or text is None:
            return cleaned
        for kind in AttributeType.values:
            setattr(self.instance, kind, None)
        try:
            setattr(self.instance, attribute.type, read(attribute, text))
        except ValidationError as error:
            self.add_error("value", error)
        return cleaned


class ValueInline(BoundedInline):
    """Custom attributes' values inside the page of what bears them."""

    form = ValueForm
    fields = ("attribute", "value")
    shown_with = ("attribute",)


NUMBER = ExactDecimalField().formfield()
# With slashes a day could be read in two ways.
DAY = forms.DateField(
    input_formats=["%Y-%m-%d", "%d.%m.%Y"],
    error_messages={"invalid": _("This is no day such as 2026-03-31 or 31.03.2026.")},
)


def form_text(value: Any) -> str:
    """Return `value` as the form's field has it, a text: what nobody touched is no change."""
    if isinstance(value, Decimal):
        return typed_number(value)
    # The field strips what comes back.
    return str(value).strip()


def read(attribute: Any, text: str) -> Any:
    """Return the value that `text` stands for; ValidationError where it is none of that type."""
    if attribute.type == AttributeType.NUMBER:
        return NUMBER.clean(text)
    if attribute.type == AttributeType.DATE:
        return DAY.clean(text)
    if attribute.type == AttributeType.BOOLEAN:
        if text.lower() not in BOOLEANS:
            raise ValidationError(_("Write yes or no."))
        return BOOLEANS[text.lower()]
    if attribute.type == AttributeType.CHOICE and text not in attribute.options:
        raise ValidationError(
            _("“%(text)s” is none of the options: %(options)s."),
            params={"text": text, "options": ", ".join(attribute.options)},
        )
    return text
