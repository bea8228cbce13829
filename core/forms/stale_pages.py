"""Forms that write only what their person changed, compared with what the page showed."""

from datetime import date, datetime
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _

from core.text.formats import UNKNOWN, day_shown, moment_shown


class ShownField(forms.BoundField):
    """A field beside which stands, hidden, the value that the page shows."""

    # Whether somebody else has stored another value since the page was shown.
    is_overtaken = False

    @property
    def is_sent(self) -> bool:
        """Return whether the hidden value came back with the form."""
        widget, name = self.field.hidden_widget(), self.html_initial_name
        return not widget.value_omitted_from_data(self.form.data, self.form.files, name)

    @property
    def shown(self) -> Any:
        """The hidden value as it came back."""
        widget, name = self.field.hidden_widget(), self.html_initial_name
        return widget.value_from_datadict(self.form.data, self.form.files, name)

    def note_overtaken(self) -> bool:
        """Note and return whether this was changed here and, to another value, meanwhile."""
        stored = self.initial
        self.is_overtaken = self.field.has_changed(stored, self.shown) and self.field.has_changed(
            stored, self.data
        )
        return self.is_overtaken

    def as_widget(self, widget: Any = None, attrs: Any = None, only_initial: bool = False) -> Any:
        """Render the field; its hidden value is what the page showed first, or what is stored by
        now where the page says that it is another."""
        if not only_initial:
            return super().as_widget(widget, attrs)
        is_kept = self.form.is_bound and not self.is_overtaken
        value = self.shown if is_kept else self.field.prepare_value(self.initial)
        name = self.html_initial_name
        return (widget or self.field.hidden_widget()).render(
            name=name, value=value, attrs={"id": self.html_initial_id}, renderer=self.form.renderer
        )


class ShownForm(forms.ModelForm[Any]):
    """A form that only changes the fields that its user has changed, however old the page is.

    A field that was left as shown keeps the value that is stored by now. A field that the user and
    somebody else have both changed is refused once, with the stored value; sent again, it replaces
    that value.
    """

    bound_field_class = ShownField

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        if not self.instance.pk:
            return
        for name, field in self.fields.items():
            # Without the hidden value nothing is known but what is stored.
            field.show_hidden_initial = not self.is_bound or self._bound(name).is_sent

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for name, field in self.fields.items():
            if name not in data or not field.show_hidden_initial:
                continue
            if name not in self.changed_data:
                data[name] = getattr(self.instance, name)
            elif self._bound(name).note_overtaken():
                text = _(
                    "Somebody else has changed this meanwhile: “%(value)s” is stored. Saving again "
                    "replaces it by what stands here."
                )
                self.add_error(name, text % {"value": _in_words(self.instance, name)})
        return data

    def _bound(self, name: str) -> ShownField:
        return cast(ShownField, self[name])


def _in_words(row: Any, name: str) -> str:
    """Return the stored value of the column `name` of `row` as people read it."""
    value = getattr(row, name)
    if value is None or value == "":
        return UNKNOWN
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return moment_shown(value)
    if isinstance(value, date):
        return day_shown(value)
    in_words = getattr(row, f"get_{name}_display", None)
    return str(in_words() if in_words else value)
