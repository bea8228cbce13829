"""Quiet hours by a website's clock, hours that clocks skip or show twice included."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.sequences.quiet_hours import after_quiet, hours_of

BERLIN = "Europe/Berlin"


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "zone", "before", "after"),
    [
        ("", BERLIN, "2026-01-10 22:00", "2026-01-10 22:00"),
        ("21:00-08:00", "UTC", "2026-01-10 20:59", "2026-01-10 20:59"),
        ("21:00-08:00", "UTC", "2026-01-10 21:00", "2026-01-11 08:00"),
        ("21:00-08:00", "UTC", "2026-01-11 07:59:59", "2026-01-11 08:00"),
        ("21:00-08:00", "UTC", "2026-01-11 08:00", "2026-01-11 08:00"),
        ("21:00-08:00", BERLIN, "2026-01-10 20:30", "2026-01-11 07:00"),
        ("12:00-13:30", BERLIN, "2026-07-10 10:15", "2026-07-10 11:30"),
        ("00:00-23:59", "UTC", "2026-01-10 00:00", "2026-01-10 23:59"),
        # 02:00 to 03:00 is skipped: the quiet hours end with the jump.
        ("22:00-02:30", BERLIN, "2026-03-28 22:00", "2026-03-29 01:00"),
        # 02:00 to 03:00 comes twice: the first 02:30 is outside, the second 02:00 is inside again.
        ("22:00-02:30", BERLIN, "2026-10-24 21:00", "2026-10-25 00:30"),
        ("22:00-02:30", BERLIN, "2026-10-25 00:45", "2026-10-25 00:45"),
        ("22:00-02:30", BERLIN, "2026-10-25 01:15", "2026-10-25 01:30"),
    ],
)
def test_after_quiet(settings, hours, zone, before, after):
    settings.MAIL_QUIET_HOURS = hours
    assert after_quiet(at(before), zone) == at(after)


@pytest.mark.parametrize(
    "zone", [BERLIN, "Australia/Lord_Howe", "America/St_Johns", "Asia/Kathmandu"]
)
def test_it_is_the_first_minute_outside(settings, zone):
    """Against looking at each minute, around both changes of the clocks."""
    settings.MAIL_QUIET_HOURS = "23:10-01:50"
    for begin in ("2026-03-28", "2026-04-04", "2026-10-03", "2026-10-24", "2026-11-01"):
        for step in range(0, 60 * 40, 23):
            moment = at(f"{begin} 00:00") + timedelta(minutes=step)
            expected = moment
            while after_quiet(expected, zone) != expected:
                expected += timedelta(minutes=1)
            assert after_quiet(moment, zone) == expected


@pytest.mark.parametrize(
    "written", ["21-8", "21:00-21:00", "25:00-08:00", "21:00", "21:00-08:00 ", "a"]
)
def test_hours_that_are_written_otherwise_are_refused(written):
    with pytest.raises(ValueError, match="21:00-08:00"):
        hours_of(written)
