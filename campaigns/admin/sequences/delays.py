"""Delays of steps, as people write and read them: a whole number of minutes, hours or days."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.text.formats import number_shown

MINUTES = {"minutes": 1, "hours": 60, "days": 1_440}
UNITS = [
    ("minutes", gettext_lazy("minutes")),
    ("hours", gettext_lazy("hours")),
    ("days", gettext_lazy("days")),
]


def number_and_unit(minutes: int) -> tuple[int, str]:
    """Return number and unit for a delay: the largest unit of which it is a whole number."""
    unit = next(
        (one for one in ("days", "hours") if minutes and minutes % MINUTES[one] == 0), "minutes"
    )
    return minutes // MINUTES[unit], unit


def delay_text(minutes: int) -> str:
    """Return a delay in words, such as `after 2 hours`; `at once` for none."""
    if not minutes:
        return _("at once")
    number, unit = number_and_unit(minutes)
    shown = {"number": number_shown(number)}
    if unit == "days":
        return ngettext("after %(number)s day", "after %(number)s days", number) % shown
    if unit == "hours":
        return ngettext("after %(number)s hour", "after %(number)s hours", number) % shown
    return ngettext("after %(number)s minute", "after %(number)s minutes", number) % shown
