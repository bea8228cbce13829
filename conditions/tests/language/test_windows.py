"""Days, periods and anniversaries, also where clocks change, days are skipped or begin twice."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conditions.language.windows import (
    PERIODS,
    LocalClock,
    Moment,
    days_of_elapsed,
    days_until_anniversary,
    instants_of_days,
    local_date,
    local_instant,
    start_of_day,
)
from tests.tiers import examples

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "Africa/Monrovia",
]


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "start"),
    [
        ("UTC", "2026-04-10", "2026-04-10T00:00"),
        ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00"),  # clocks go forward at 2
        ("Europe/Berlin", "2026-03-30", "2026-03-29T22:00"),
        ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00"),  # back at 3
        ("Europe/Berlin", "2026-10-26", "2026-10-25T23:00"),
        ("Asia/Kathmandu", "2026-04-10", "2026-04-09T18:15"),
        ("Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00"),  # half an hour back
        ("Australia/Lord_Howe", "2026-04-06", "2026-04-05T13:30"),
        ("Asia/Beirut", "2026-03-29", "2026-03-28T22:00"),  # midnight is skipped: begins at 1:00
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00"),  # the same
        ("America/Sao_Paulo", "2018-02-17", "2018-02-17T02:00"),
        # At midnight of the 18th clocks went back to 23:00 of the 17th, which stays one day.
        ("America/Sao_Paulo", "2018-02-18", "2018-02-18T03:00"),
        # Here they went back at 0:01, after the new day had begun: midnight comes twice.
        ("America/St_Johns", "2006-10-29", "2006-10-29T02:30"),
        ("Pacific/Apia", "2011-12-29", "2011-12-29T10:00"),
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00"),  # the day that was skipped
        ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00"),
    ],
)
def test_a_day_begins_at_its_first_instant(zone, day, start):
    assert start_of_day(date.fromisoformat(day), zone) == utc(start)


def test_a_day_that_a_zone_skipped_is_empty():
    skipped = date(2011, 12, 30)
    assert instants_of_days(skipped, skipped, "Pacific/Apia") is None
    assert instants_of_days(skipped, date(2011, 12, 31), "Pacific/Apia") is not None


def test_the_last_hour_before_clocks_go_back_over_midnight_comes_twice_and_is_one_day():
    # St. John's, 29 October 2006: 0:01 becomes 23:01 of the 28th again, but the 29th has begun.
    zone = "America/St_Johns"
    assert local_date(utc("2006-10-29T02:29:59"), zone) == date(2006, 10, 28)
    assert local_date(utc("2006-10-29T02:30"), zone) == date(2006, 10, 29)
    assert local_date(utc("2006-10-29T03:00"), zone) == date(2006, 10, 29)


@settings(deadline=None, max_examples=examples(300))
@given(
    zone=st.sampled_from(ZONES),
    instant=st.integers(631_152_000, 2_208_988_800).map(lambda n: datetime.fromtimestamp(n, UTC)),
)
def test_every_instant_lies_in_the_range_of_its_own_day_and_of_no_other(zone, instant):
    day = local_date(instant, zone)
    low, high = instants_of_days(day, day, zone)
    assert low <= instant <= high
    for other in (day - timedelta(days=1), day + timedelta(days=1)):
        span = instants_of_days(other, other, zone)
        assert span is None or instant < span[0] or span[1] < instant


@settings(deadline=None, max_examples=examples(200))
@given(
    zone=st.sampled_from(ZONES),
    first=st.dates(date(1990, 1, 1), date(2040, 1, 1)),
    days=st.integers(0, 400),
)
def test_days_follow_each_other_without_a_gap(zone, first, days):
    last = first + timedelta(days=days)
    low, high = instants_of_days(first, last, zone) or (None, None)
    if low is None:
        return
    following = start_of_day(last + timedelta(days=1), zone)
    assert high + timedelta(microseconds=1) == following
    assert start_of_day(first, zone) == low


FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "start"),
    [
        ("UTC", "0001-01-02", "0001-01-02T00:00"),
        ("UTC", "9999-12-31", "9999-12-31T00:00"),
        ("Asia/Tokyo", "9999-12-31", "9999-12-30T15:00"),
        ("America/New_York", "9999-12-30", "9999-12-30T05:00"),
        ("America/New_York", "9999-12-31", "9999-12-31T05:00"),
        ("America/New_York", "9999-07-01", "9999-07-01T04:00"),
        ("Asia/Tokyo", "0001-01-02", "0001-01-01T14:41:01"),  # by the sun, before there were zones
        ("America/New_York", "0001-01-03", "0001-01-03T04:56:02"),
    ],
)
def test_a_day_at_the_calendars_ends_begins_as_any_other(zone, day, start):
    assert start_of_day(date.fromisoformat(day), zone) == utc(start)


@pytest.mark.parametrize("zone", ZONES)
def test_the_first_and_the_last_day_have_whatever_lies_beyond_them(zone):
    assert start_of_day(date.min, zone) is None
    assert instants_of_days(date.min, date.max, zone) == (None, None)
    assert instants_of_days(None, date.min, zone)[0] is None
    assert instants_of_days(date.max, None, zone)[1] is None
    assert local_date(FIRST, zone) == date.min
    assert local_date(LAST, zone) == date.max


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", [*range(1, 5), *range(363, 369), *range(-4, 0), *range(-368, -363)])
def test_days_at_the_calendars_ends_follow_each_other_without_a_gap(zone, day):
    day = date.fromordinal(day if day > 0 else date.max.toordinal() + 1 + day)
    low, high = instants_of_days(day, day, zone)
    assert local_date(low or FIRST, zone) == local_date(high or LAST, zone) == day
    if low is not None:
        assert local_date(low - timedelta(microseconds=1), zone) == day - timedelta(days=1)
    if high is not None:
        assert local_date(high + timedelta(microseconds=1), zone) == day + timedelta(days=1)


@pytest.mark.parametrize(
    ("zone", "wall", "instant"),
    [
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:30"),  # skipped: forward, to 3:30
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30"),  # doubled: the first
        ("America/New_York", "2026-04-10T12:00", "2026-04-10T16:00"),
    ],
)
def test_a_wall_clock_time_is_one_instant(zone, wall, instant):
    assert local_instant(datetime.fromisoformat(wall), zone) == utc(instant)


@pytest.mark.parametrize(
    ("today", "period", "first", "last"),
    [
        ("2026-04-12", "this_week", "2026-04-06", "2026-04-12"),  # a Sunday
        ("2026-04-13", "this_week", "2026-04-13", "2026-04-19"),  # a Monday
        ("2026-04-13", "last_week", "2026-04-06", "2026-04-12"),
        ("2026-01-01", "this_week", "2025-12-29", "2026-01-04"),
        ("2026-01-31", "last_month", "2025-12-01", "2025-12-31"),
        ("2024-03-31", "last_month", "2024-02-01", "2024-02-29"),
        ("2026-12-31", "this_month", "2026-12-01", "2026-12-31"),
        ("2026-01-01", "this_quarter", "2026-01-01", "2026-03-31"),
        ("2026-01-01", "last_quarter", "2025-10-01", "2025-12-31"),
        ("2026-12-31", "this_quarter", "2026-10-01", "2026-12-31"),
        ("2024-02-29", "this_year", "2024-01-01", "2024-12-31"),
        ("2024-02-29", "last_year", "2023-01-01", "2023-12-31"),
        ("2026-03-01", "yesterday", "2026-02-28", "2026-02-28"),
        ("2026-12-31", "tomorrow", "2027-01-01", "2027-01-01"),
    ],
)
def test_a_period_has_these_days(today, period, first, last):
    found = PERIODS[period](date.fromisoformat(today))
    assert found == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("born", "today", "days"),
    [
        ("2000-04-10", "2026-04-10", 0),
        ("2000-04-11", "2026-04-10", 1),
        ("2000-04-09", "2026-04-10", 364),
        ("2000-04-09", "2027-04-10", 365),  # the next one is in 2028, behind a leap day
        ("2000-02-29", "2027-02-28", 0),
        ("2000-02-29", "2027-03-01", 365),  # 29 February 2028
        ("2000-02-29", "2028-02-28", 1),
        ("2000-02-29", "2028-02-29", 0),
        ("2000-02-29", "2028-03-01", 364),  # 28 February 2029
        ("2000-12-31", "2026-01-01", 364),
        ("2000-01-01", "2026-12-31", 1),
        ("2030-04-12", "2026-04-10", 2),  # a date to come has anniversaries too
    ],
)
def test_days_until_the_next_anniversary(born, today, days):
    assert days_until_anniversary(date.fromisoformat(born), date.fromisoformat(today)) == days


@pytest.mark.parametrize(
    ("low", "high", "span"),
    [
        (0, 30, ("2026-03-11", "2026-04-10")),
        (31, None, (None, "2026-03-10")),
        (None, -1, ("2026-04-11", None)),
        (None, None, (None, None)),
    ],
)
def test_days_elapsed_are_days_of_the_calendar(low, high, span):
    found = days_of_elapsed(low, high, date(2026, 4, 10))
    assert found == tuple(None if day is None else date.fromisoformat(day) for day in span)


def test_days_elapsed_beyond_the_calendar_are_none():
    today = date(2026, 4, 10)
    assert days_of_elapsed(10**7, None, today) is None
    assert days_of_elapsed(None, -(10**7), today) is None
    assert days_of_elapsed(0, 10**7, today) == (None, today)


def test_the_clock_of_a_zone_knows_its_own_today():
    as_of = utc("2026-04-10T10:30")
    days = {zone: LocalClock(as_of, zone).today.day for zone in ("UTC", "Pacific/Kiritimati")}
    assert days == {"UTC": 10, "Pacific/Kiritimati": 11}


def test_zones_with_the_same_ranges_stand_together():
    moment = Moment(
        utc("2026-04-10T12:00"),
        (("Europe/Berlin", (1, 4)), ("Europe/Paris", (2,)), ("Pacific/Kiritimati", (3,))),
    )
    by_day = moment.per_zone(lambda clock: [(clock.today, clock.today)])
    assert by_day == [
        ((1, 2, 4), [(date(2026, 4, 10), date(2026, 4, 10))]),
        ((3,), [(date(2026, 4, 11), date(2026, 4, 11))]),
    ]
    assert moment.per_zone(lambda clock: [(1, 2)]) == [(None, [(1, 2)])]
