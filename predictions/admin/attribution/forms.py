"""The forms of the attribution page; they validate values with the fields of the API."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError
from rest_framework.fields import Field

from conditions.language.operators import Words
from predictions.analytics.period_ends import MomentField
from predictions.analytics.periods import WINDOW_DAYS, DaysField
from predictions.attribution import MODELS
from predictions.attribution.journeys import BYS
from predictions.models import TouchCampaign

MODEL_NAMES: Mapping[str, Words] = {
    "last_touch": _("The last touch gets all"),
    "first_touch": _("The first touch gets all"),
    "linear": _("All touchpoints get the same"),
    "position_based": _("40 % the first, 40 % the last, 20 % those between"),
    "time_decay": _("A touch that is seven days older gets half as much"),
    "markov": _("By what would be lost without it (Markov chain)"),
}
BY_NAMES: Mapping[str, Words] = {"channel": _("Channel"), "campaign": _("Campaign")}


class ReadField(forms.CharField):
    """A form field that validates its text with a field of the API; None for an empty text."""

    def __init__(self, field: Field[Any, Any, Any, Any], **more: Any) -> None:
        super().__init__(required=False, **more)
        self.field = field

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return self.field.run_validation(text)
        except ValidationError as error:
            raise forms.ValidationError([str(one) for one in error.detail]) from error


def _days(label: Words) -> ReadField:
    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "size": 6})
    return ReadField(DaysField(), label=label, initial=WINDOW_DAYS, widget=widget)


def day_field(label: Words, help_text: Words | str = "") -> ReadField:
    """Return a field for a day, which begins at midnight; it may be left empty."""
    widget = forms.DateInput(attrs={"type": "date"})
    return ReadField(MomentField(), label=label, help_text=help_text, widget=widget)


class Asked(forms.Form):
    """A form bound to its own parameters of a query string, or else to the initial values."""

    def __init__(self, sent: Mapping[str, Any], fields: Mapping[str, forms.Field]) -> None:
        initial = {name: field.initial or "" for name, field in fields.items()}
        is_sent = any(name in sent for name in fields)
        super().__init__({name: sent.get(name, "") for name in fields} if is_sent else initial)
        self.fields.update(fields)

    @property
    def told(self) -> dict[str, Any]:
        """The parameters for the view: the valid values that are not empty."""
        self.is_valid()
        return {name: one for name, one in self.cleaned_data.items() if one not in (None, "")}


def attribution_form(sent: Mapping[str, Any], first_day: date) -> Asked:
    """Return the form of attribution; until it is sent, sales count from `first_day` on."""
    fields = {
        "model": forms.ChoiceField(
            label=_("Who gets the credit"),
            choices=[(name, MODEL_NAMES[name]) for name in MODELS],
            initial=next(iter(MODELS)),
        ),
        "by": forms.ChoiceField(
            label=_("Credited by"), choices=[(name, BY_NAMES[name]) for name in BYS], initial=BYS[0]
        ),
        "window_days": _days(_("Days before a sale in which a touch counts")),
        "from": day_field(_("Sales from")),
        "to": day_field(
            _("Sales until"), _("This day itself does not count any more. Left empty: until now.")
        ),
    }
    fields["from"].initial = first_day.isoformat()
    return Asked(sent, fields)


def lift_form(sent: Mapping[str, Any], campaigns: Sequence[TouchCampaign]) -> Asked:
    """Return the form of lift: the campaign to measure, and the days after the first touch."""
    named = [(one.code, f"{one.name} ({one.code})") for one in campaigns]
    fields = {
        "campaign": forms.ChoiceField(
            label=_("Campaign"), choices=[("", _("Choose a campaign")), *named], required=False
        ),
        "days_after": _days(_("Days after the first touch in which sales count")),
    }
    return Asked(sent, fields)
