"""A form field for a schedule, chosen in words or written as a cron expression."""

from collections.abc import Sequence
from datetime import time
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.dates import WEEKDAYS
from django.utils.functional import Promise, lazy
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from segments.models.recurrence import (
    MONTH_DAYS,
    WEEK,
    Every,
    Recurrence,
    describe_month_day,
    recurrence_of,
)

PARTS = ("cron", "every", "weekdays", "month_day", "time")
# Choices besides `Every`: no schedule of its own, and a cron expression.
USUAL, CRON = "usual", "cron"
BEGINS_WITH = time(6)
# Translated when it is rendered.
month_day_later = lazy(describe_month_day, str)


class ScheduleWidget(forms.MultiWidget):
    """Inputs for the cron expression, and for the parts of a simple recurrence.

    Also accepts a form that only sends the expression under the field's own name.
    """

    has_usual = False

    def decompress(self, value: str | None) -> list[Any]:
        found = recurrence_of(value) if value else None
        if found is not None and len(found.times) == 1:
            weekdays = [str(day) for day in found.weekdays]
            return [value, found.every.value, weekdays, found.month_day or "1", found.times[0]]
        every = CRON if value else USUAL if self.has_usual else Every.DAY.value
        return [value or "", every, [], "1", BEGINS_WITH]

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        # The value of a form that only sent the expression.
        if isinstance(value, list) and value[1] is None:
            value = value[0]
        context = super().get_context(name, value, attrs)
        parts = dict(zip(PARTS, context["widget"]["subwidgets"], strict=True))
        return render_to_string("admin/segments/schedule.html", {**parts, "id": f"id_{name}"})


class ScheduleField(forms.MultiValueField):
    """A cron expression; `usual` describes the empty value, and allows it."""

    widget: ScheduleWidget

    def __init__(self, *, usual: str | Promise = "", **kwargs: Any) -> None:
        every = [
            *([(USUAL, usual)] if usual else []),
            (Every.DAY.value, gettext_lazy("every day at")),
            (Every.WEEK.value, gettext_lazy("every week on")),
            (Every.MONTH.value, gettext_lazy("every month")),
            (Every.HOUR.value, gettext_lazy("every hour")),
            (CRON, gettext_lazy("by a cron expression")),
        ]
        weekdays = [(str(day), capfirst(WEEKDAYS[day - 1])) for day in WEEK]
        days = [(day, month_day_later(day)) for day in MONTH_DAYS]
        widget = ScheduleWidget(
            {
                "": forms.TextInput({"spellcheck": "false", "autocomplete": "off"}),
                "every": forms.Select(choices=every),
                "weekdays": forms.CheckboxSelectMultiple(choices=weekdays),
                "month_day": forms.Select(choices=days),
                "time": forms.TimeInput({"type": "time"}, format="%H:%M"),
            }
        )
        widget.has_usual = bool(usual)
        fields = (
            forms.CharField(required=False, max_length=100),
            forms.ChoiceField(required=False, choices=every),
            forms.MultipleChoiceField(required=False, choices=weekdays),
            forms.ChoiceField(required=False, choices=days),
            forms.TimeField(required=False),
        )
        super().__init__(
            fields, widget=widget, require_all_fields=False, required=not usual, **kwargs
        )

    def compress(self, data_list: Sequence[Any]) -> str:
        """Return the cron expression. Raises ValidationError for incomplete parts."""
        if not data_list:
            return ""
        cron, every, weekdays, month_day, at = data_list
        if every == USUAL:
            return ""
        if every in ("", CRON):
            if not cron and every == CRON:
                raise forms.ValidationError(_("Write a cron expression, such as “0 5 * * *”."))
            return str(cron)
        if at is None and every != Every.HOUR:
            raise forms.ValidationError(_("Say at what time, such as 06:00."))
        if every == Every.WEEK and not weekdays:
            raise forms.ValidationError(_("Choose at least one day of the week."))
        days = tuple(int(day) for day in weekdays)
        return Recurrence(Every(every), (at or time(),), days, month_day).cron
