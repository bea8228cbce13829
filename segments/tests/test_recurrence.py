"""Schedules in words: what each cron expression says, and back; what would be right is said."""

from datetime import time

import pytest
from django.core.exceptions import ValidationError

from segments.admin.schedule_field import ScheduleField
from segments.models.cron import validate_schedule
from segments.models.recurrence import (
    MONTH_DAYS,
    Every,
    Recurrence,
    describe_schedule,
    recurrence_of,
)

SAID = {
    "0 5 * * *": "every day at 05:00",
    "30 7,19 * * *": "every day at 07:30 and 19:30",
    "0 6 * * 1": "every week on Monday at 06:00",
    "0 6 * * 0": "every week on Sunday at 06:00",
    "0 6 * * 1,4": "every week on Monday and Thursday at 06:00",
    "15 6 * * 1-3": "every week on Monday, Tuesday and Wednesday at 06:15",
    "0 4 1 * *": "every month on the first at 04:00",
    "0 4 L * *": "every month on the last day at 04:00",
    "0  4  15 * *": "every month on day 15 at 04:00",
    "0 * * * *": "every hour",
    "20 * * * *": "every hour at minute 20",
    # What has no simple words stays as it is.
    "*/5 * * * *": "*/5 * * * *",
    "0 4 1 * 1": "0 4 1 * 1",
    "0 4 31 * *": "0 4 31 * *",
    "0 4 1 1 *": "0 4 1 1 *",
    "0 * * * 1": "0 * * * 1",
    "0 24 * * *": "0 24 * * *",
    "0 6 * * 8": "0 6 * * 8",
    "0 6 * * 5-2": "0 6 * * 5-2",
    "": "",
}


@pytest.mark.parametrize("expression", SAID)
def test_an_expression_is_said_in_words(expression):
    assert describe_schedule(expression) == SAID[expression]


@pytest.mark.parametrize(
    "recurrence",
    [
        *(Recurrence(Every.DAY, (time(hour, 59),)) for hour in (0, 23)),
        *(Recurrence(Every.MONTH, (time(6),), month_day=day) for day in MONTH_DAYS),
        *(Recurrence(Every.WEEK, (time(6),), weekdays=(day, 7)) for day in range(1, 7)),
        Recurrence(Every.HOUR, (time(0, 30),)),
    ],
)
def test_what_is_chosen_in_words_is_read_as_such(recurrence):
    validate_schedule(recurrence.cron)
    assert recurrence_of(recurrence.cron) == recurrence


@pytest.mark.parametrize(
    ("expression", "right"),
    [
        ("6:30", "“30 6 * * *”"),
        ("@daily", "“0 0 * * *”"),
        ("daily", "five fields"),
        ("0 0 6 * * *", "five fields"),
        ("0 24 * * *", "“24” is wrong for the hour: it takes 0 to 23"),
        ("x 6 * * *", "“x” is wrong for the minute: it takes 0 to 59"),
        ("0 6 32 * *", "“32” is wrong for the day of the month"),
        ("0 6 * 13 *", "“13” is wrong for the month"),
        ("0 6 * * 9", "“9” is wrong for the day of the week: it takes 1 for Monday"),
        ("0 6 30 2 *", "never comes"),
        ("0 6 * *\x00 *", "“*\x00” is wrong for the month"),
    ],
)
def test_what_is_no_schedule_is_refused_with_what_would_be_right(expression, right):
    with pytest.raises(ValidationError) as refused:
        validate_schedule(expression)
    assert right in refused.value.messages[0]


def sent(**parts):
    """Return what `ScheduleField` makes of the controls' values."""
    field = ScheduleField(usual="every night")
    data = {f"when_{name}".removesuffix("_cron"): value for name, value in parts.items()}
    return field.clean(field.widget.value_from_datadict(_Posted(data), {}, "when"))


class _Posted(dict):
    def getlist(self, name):
        value = self.get(name, [])
        return value if isinstance(value, list) else [value]


@pytest.mark.parametrize(
    ("parts", "cron"),
    [
        ({"cron": "30 7,19 * * *"}, "30 7,19 * * *"),
        ({"cron": ""}, ""),
        ({"every": "usual", "time": "06:00"}, ""),
        ({"every": "day", "time": "06:05"}, "5 6 * * *"),
        ({"every": "week", "time": "06:00", "weekdays": ["1", "4"]}, "0 6 * * 1,4"),
        ({"every": "month", "time": "06:00", "month_day": "L"}, "0 6 L * *"),
        ({"every": "hour"}, "0 * * * *"),
        ({"every": "cron", "cron": "*/5 * * * *", "time": "06:00"}, "*/5 * * * *"),
    ],
)
def test_a_form_sends_words_or_the_expression(parts, cron):
    assert sent(**parts) == cron


@pytest.mark.parametrize(
    "parts",
    [
        {"every": "week", "time": "06:00"},
        {"every": "day", "time": ""},
        {"every": "day", "time": "25:00"},
        {"every": "week", "time": "06:00", "weekdays": ["8"]},
        {"every": "month", "time": "06:00", "month_day": "31"},
        {"every": "year", "time": "06:00"},
        {"every": "cron", "cron": ""},
    ],
)
def test_half_a_schedule_is_refused_and_never_guessed(parts):
    with pytest.raises(ValidationError):
        sent(**parts)
