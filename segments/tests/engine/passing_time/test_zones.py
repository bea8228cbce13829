"""Days end at midnight of the customer's website."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from conditions.language.windows import start_of_day
from customers.models import DirtyCustomer, Website
from segments.tests.engine.harness import condition, goes_on, stored

pytestmark = pytest.mark.django_db


@pytest.mark.every_case
@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Berlin", "2026-03-29"),  # clocks go forward
        ("Europe/Berlin", "2026-03-30"),
        ("Europe/Berlin", "2026-10-26"),  # went back the day before
        ("America/New_York", "2026-03-09"),
        ("America/New_York", "2026-11-02"),
        ("Australia/Lord_Howe", "2026-04-06"),  # by half an hour
        ("Pacific/Apia", "2011-12-29"),
        ("Pacific/Apia", "2011-12-31"),  # the day before was skipped
        ("Asia/Beirut", "2026-03-29"),  # begins at one o'clock
    ],
)
def test_a_day_ends_at_midnight_of_the_customers_website(make_customer, clock, kept, zone, day):
    Website.objects.update(timezone=zone)
    DirtyCustomer.objects.all().delete()
    midnight = start_of_day(date.fromisoformat(day), zone)
    local_day_before = (midnight - timedelta(hours=2)).astimezone(ZoneInfo(zone)).date()
    clock.at = midnight - timedelta(hours=3)
    make_customer("ann", registered_at=midnight - timedelta(hours=2))
    segment = kept(condition("customer.registered_at", "in_period", "today"))
    assert stored(segment) == {"ann"}

    just_before = (midnight - timedelta(microseconds=1)).isoformat()
    assert goes_on(clock, just_before, segment) == {"ann"}
    assert goes_on(clock, midnight.isoformat(), segment) == set()
    assert local_day_before < date.fromisoformat(day)


def test_each_website_has_its_own_midnight(make_customer, clock, kept):
    zones = ("Pacific/Kiritimati", "Europe/Berlin", "America/New_York")
    for zone in zones:
        website = Website.objects.create(code=zone[-6:].lower(), name=zone, timezone=zone)
        make_customer(zone, website=website, date_of_birth=date(1990, 6, 15))
    DirtyCustomer.objects.all().delete()
    birthday = kept(condition("customer.date_of_birth", "anniversary_in_next_days", 0))

    assert goes_on(clock, "2026-06-14T09:59:59", birthday) == set()
    assert goes_on(clock, "2026-06-14T10:00", birthday) == {zones[0]}
    assert goes_on(clock, "2026-06-14T22:00", birthday) == {zones[0], zones[1]}
    assert goes_on(clock, "2026-06-15T04:00", birthday) == {zones[0], zones[1], zones[2]}
    assert goes_on(clock, "2026-06-15T10:00", birthday) == {zones[1], zones[2]}
    assert goes_on(clock, "2026-06-16T04:00", birthday) == set()
