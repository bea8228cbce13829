"""Moments that are typed into forms of the admin: none is guessed."""

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError

from core.forms.datetimes import MomentField

NOON = datetime(2026, 4, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-04-10T14:00", NOON),
        (" 2026-04-10 14:00 ", NOON),
        ("2026-04-10 14:00:07", NOON.replace(second=7)),
        ("2026-04-10T14:00:07.250", NOON.replace(second=7, microsecond=250_000)),
        ("2026-04-10T12:00Z", NOON),
        ("2026-04-10 07:00:00-05:00", NOON),
        ("", None),
        ("  ", None),
    ],
)
def test_a_moment_is_of_the_time_zone_unless_it_says_another(timezone_of_berlin, text, moment):
    assert MomentField(required=False).clean(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        *("01/02/2026", "01/02/2026 10:00", "1.2.2026 10:00", "2026-01-01", "2026-04-10 14"),
        *("20260410T140000", "2026-W15-5T14:00", "2026-04-10_14:00", "26-04-10 14:00"),
        *("2026-02-30 14:00", "2026-04-10 24:00", "2026-04-10 14:00+25:00", "2026-4-10 14:00"),
        *("２０２６-04-10 14:00", "2026-04-10 14:00 CET", "2026-04-10 2:00 p.m.", "now", "\0"),
    ],
)
def test_what_could_be_misread_is_refused_with_an_example(text):
    with pytest.raises(ValidationError, match="such as 2026-04-10 12:00"):
        MomentField().clean(text)


@pytest.mark.parametrize("text", ["2026-03-29 02:30", "2026-10-25 02:30"])
def test_a_time_that_is_not_or_is_twice_is_refused(timezone_of_berlin, text):
    with pytest.raises(ValidationError, match="Europe/Berlin"):
        MomentField().clean(text)
    assert MomentField().clean(f"{text}+01:00")


def test_the_help_names_the_time_zone(timezone_of_berlin):
    assert MomentField().help_text == "In the time zone Europe/Berlin."
    field = MomentField(help_text="Left empty: now.")
    assert field.help_text == "Left empty: now. In the time zone Europe/Berlin."


@pytest.fixture
def timezone_of_berlin(settings):
    settings.TIME_ZONE = "Europe/Berlin"


@pytest.mark.parametrize(
    ("typed", "is_changed"),
    [
        ("2026-10-25T02:30", False),
        ("2026-10-25T02:31", True),
        ("2026-10-25T02:30:07", True),
        ("", True),
        ("tomorrow", True),
    ],
)
def test_what_is_sent_back_as_it_was_shown_is_no_change(timezone_of_berlin, typed, is_changed):
    # The later of two times that are shown alike, and its seconds are not shown.
    initial = datetime(2026, 10, 25, 1, 30, 7, 5, tzinfo=UTC)
    assert MomentField(required=False).has_changed(initial, typed) is is_changed
