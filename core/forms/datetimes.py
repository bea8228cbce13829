"""Date and time in a form of the admin: only unambiguous ones are accepted."""

import re
from datetime import datetime
from typing import Any

from django import forms
from django.forms.utils import from_current_timezone
from django.utils import timezone
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# The form in which browsers send a time; also with a space in the middle, seconds, an offset.
WRITTEN = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}"
    r"(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?"
)


class MomentInput(forms.DateTimeInput):
    """A browser's own field for a date and a time, to the minute."""

    input_type = "datetime-local"

    def __init__(self, attrs: Any = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


class MomentField(forms.DateTimeField):
    """A date and a time, year first; without an offset in the time zone that its help names."""

    widget: Any = MomentInput

    default_error_messages = {
        "invalid": gettext_lazy("This is no date and time such as 2026-04-10 12:00."),
    }

    def __init__(self, *, help_text: str | Promise = "", **more: Any) -> None:
        super().__init__(help_text=_with_zone(help_text), **more)

    def to_python(self, value: Any) -> datetime | None:
        if not isinstance(value, str):
            return super().to_python(value)
        text = value.strip()
        if not text:
            return None
        try:
            found = datetime.fromisoformat(text) if WRITTEN.fullmatch(text) else None
        except ValueError:  # The 30th of February, or 25 o'clock.
            found = None
        if found is None:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return from_current_timezone(found)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Say whether it is another minute than the one shown, which hides seconds and which of
        two equal hours in autumn it is."""
        shown = self.widget.format_value(self.prepare_value(initial))
        return data != shown and super().has_changed(initial, data)


def _in_zone(help_text: str | Promise) -> str:
    said = _("In the time zone %(zone)s.") % {"zone": timezone.get_current_timezone_name()}
    return f"{help_text} {said}" if help_text else said


_with_zone = lazy(_in_zone, str)
