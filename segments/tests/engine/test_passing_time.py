"""Time alone moves customers in and out: at the right moment, in the right zone, however late."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conditions.language.windows import start_of_day
from customers.models import DirtyCustomer, Website
from customers.tests.rows import an_order
from segments.engine.changed_customers import process_batch, process_changes
from segments.engine.passing_time import sweep
from segments.models import RefreshRun, Segment, Watermark
from segments.models.watermark import swept_until
from segments.refresh import refresh_segment
from segments.tests.engine.harness import is_right, marks, stored

pytestmark = pytest.mark.django_db

BROKEN = {"match": "all", "conditions": [{"attribute": "no.such", "operator": "is", "value": 1}]}


@pytest.fixture
def kept(make_segment):
    """Return a function that makes a segment of these conditions, right and swept now."""

    def make(*conditions, **values):
        segment = make_segment(conditions=list(conditions), **values)
        assert refresh_segment(segment).state == "completed"
        process_changes()
        sweep()
        process_changes()
        return segment

    return make


def goes_on(clock, text, segment):
    """Set the clock, let time do its work, and return the members, who must be right."""
    clock.set(text)
    sweep()
    process_changes()
    assert is_right(segment)
    return stored(segment)


def condition(attribute, operator, value):
    return {"attribute": attribute, "operator": operator, "value": value}


# Conditions -------------------------------------------------------------------------------------


def test_an_order_is_thirty_days_ago_until_the_midnight_after(make_customer, clock, kept):
    an_order(make_customer("ann"), created_at=clock() - timedelta(days=1))  # on 9 April
    recent = kept(condition("order.created_at", "in_last_days", 30))

    assert goes_on(clock, "2026-05-09T23:59:59.999999", recent) == {"ann"}
    assert goes_on(clock, "2026-05-10T00:00", recent) == set()
    assert recent.changes.latest("sequence").reason == "time"
    assert recent.changes.latest("sequence").at == clock()


def test_the_complement_moves_the_other_way(make_customer, clock, kept):
    an_order(make_customer("ann"), created_at=clock())
    make_customer("never bought")
    lapsed = kept(condition("order.created_at", "not_in_last_days", 7))

    assert goes_on(clock, "2026-04-17T23:59", lapsed) == {"never bought"}
    assert goes_on(clock, "2026-04-18T00:00", lapsed) == {"never bought", "ann"}


def test_a_customer_is_idle_after_an_hour_to_the_microsecond(make_customer, clock, kept):
    make_customer("ann", registered_at=clock())
    idle = kept(condition("customer.registered_at", "more_than_hours_ago", 1))

    assert goes_on(clock, "2026-04-10T13:00:00", idle) == set()
    assert goes_on(clock, "2026-04-10T13:00:00.000001", idle) == {"ann"}


def test_what_lies_ahead_comes_into_reach(make_customer, clock, kept):
    make_customer("ann", registered_at=datetime(2026, 4, 20, 15, tzinfo=UTC))
    soon = kept(condition("customer.registered_at", "in_next_days", 3))

    assert goes_on(clock, "2026-04-16T23:59", soon) == set()
    assert goes_on(clock, "2026-04-17T00:00", soon) == {"ann"}
    assert goes_on(clock, "2026-04-20T23:59", soon) == {"ann"}
    assert goes_on(clock, "2026-04-21T00:00", soon) == set()


def test_birthdays_come_and_go_those_of_29_february_on_the_28th(make_customer, clock, kept):
    make_customer("born on the 28th", date_of_birth=date(1990, 2, 28))
    make_customer("leapling", date_of_birth=date(2000, 2, 29))
    make_customer("march", date_of_birth=date(1985, 3, 1))
    make_customer("unknown")
    clock.set("2027-02-27T12:00")
    today = kept(condition("customer.date_of_birth", "anniversary_in_next_days", 0))

    assert goes_on(clock, "2027-02-27T23:59", today) == set()
    assert goes_on(clock, "2027-02-28T00:00", today) == {"born on the 28th", "leapling"}
    assert goes_on(clock, "2027-03-01T00:00", today) == {"march"}
    assert goes_on(clock, "2028-02-28T00:00", today) == {"born on the 28th"}
    assert goes_on(clock, "2028-02-29T00:00", today) == {"leapling"}
    assert goes_on(clock, "2028-03-01T00:00", today) == {"march"}
    assert goes_on(clock, "2028-03-02T00:00", today) == set()


def test_the_days_until_a_birthday_are_counted_down(make_customer, clock, kept):
    make_customer("ann", date_of_birth=date(1990, 4, 20))
    soon = kept(condition("customer.days_until_birthday", "lte", 7))

    assert goes_on(clock, "2026-04-12T23:59", soon) == set()
    assert goes_on(clock, "2026-04-13T00:00", soon) == {"ann"}
    assert goes_on(clock, "2026-04-20T23:59", soon) == {"ann"}
    assert goes_on(clock, "2026-04-21T00:00", soon) == set()


@pytest.mark.parametrize(
    ("period", "begins", "ends"),
    [
        ("today", "2026-05-20T00:00", "2026-05-21T00:00"),
        ("yesterday", "2026-05-21T00:00", "2026-05-22T00:00"),
        ("tomorrow", "2026-05-19T00:00", "2026-05-20T00:00"),
        ("this_week", "2026-05-18T00:00", "2026-05-25T00:00"),
        ("last_week", "2026-05-25T00:00", "2026-06-01T00:00"),
        ("this_month", "2026-05-01T00:00", "2026-06-01T00:00"),
        ("last_month", "2026-06-01T00:00", "2026-07-01T00:00"),
        ("last_quarter", "2026-07-01T00:00", "2026-10-01T00:00"),
        ("last_year", "2027-01-01T00:00", "2028-01-01T00:00"),
    ],
)
def test_a_period_begins_and_ends_at_midnight(make_customer, clock, kept, period, begins, ends):
    make_customer("ann", registered_at=datetime(2026, 5, 20, 9, tzinfo=UTC))
    segment = kept(condition("customer.registered_at", "in_period", period))
    second = timedelta(seconds=1)

    for text, before, after in ((begins, set(), {"ann"}), (ends, {"ann"}, set())):
        at = datetime.fromisoformat(text)
        assert goes_on(clock, (at - second).isoformat(), segment) == before
        assert goes_on(clock, text, segment) == after


@pytest.mark.parametrize(
    ("period", "until"),
    [("this_quarter", "2026-07-01T00:00"), ("this_year", "2027-01-01T00:00")],
)
def test_long_periods_end(make_customer, clock, kept, period, until):
    make_customer("ann", registered_at=datetime(2026, 5, 20, 9, tzinfo=UTC))
    segment = kept(condition("customer.registered_at", "in_period", period))
    assert stored(segment) == {"ann"}
    at = datetime.fromisoformat(until) - timedelta(seconds=1)

    assert goes_on(clock, at.isoformat(), segment) == {"ann"}
    assert goes_on(clock, until, segment) == set()


@pytest.mark.parametrize(
    ("attribute", "operator", "value"),
    [
        ("activity.days_since_last_order", "gte", 5),
        ("activity.days_since_last_order", "is", 5),
        ("activity.days_since_first_order", "between", [5, 9]),
        ("activity.days_without_purchase", "gt", 4),
        ("activity.days_inactive", "is_one_of", [5, 6]),
    ],
)
def test_figures_that_count_days_count_on(make_customer, clock, kept, attribute, operator, value):
    an_order(make_customer("ann"), created_at=clock())
    segment = kept(condition(attribute, operator, value))

    assert goes_on(clock, "2026-04-14T23:59", segment) == set()
    assert goes_on(clock, "2026-04-15T00:00", segment) == {"ann"}


def test_a_figure_that_moves_past_one_that_does_not_is_noticed(make_customer, clock, kept):
    ann = make_customer("ann")
    for _ in range(3):
        an_order(ann, created_at=clock())
    more_days_than_orders = kept(
        condition(
            "activity.days_since_last_order", "gte", {"attribute": "lifetime.number_of_orders"}
        )
    )

    assert goes_on(clock, "2026-04-12T23:59", more_days_than_orders) == set()
    assert goes_on(clock, "2026-04-13T00:00", more_days_than_orders) == {"ann"}


def test_the_newest_row_of_a_group_grows_old(make_customer, clock, kept):
    ann = make_customer("ann")
    an_order(ann, created_at=clock() - timedelta(days=50), state="complete")
    an_order(ann, created_at=clock(), state="complete")
    segment = kept(
        {
            "relation": "sales",
            "aggregate": "max",
            "of": "order.created_at",
            "operator": "in_last_days",
            "value": 3,
        }
    )

    assert goes_on(clock, "2026-04-13T23:59", segment) == {"ann"}
    assert goes_on(clock, "2026-04-14T00:00", segment) == set()


def test_rows_that_are_counted_grow_old_one_by_one(make_customer, clock, kept):
    ann = make_customer("ann")
    for day in (8, 9, 10):
        an_order(ann, created_at=datetime(2026, 4, day, 9, tzinfo=UTC))
    frequent = kept(
        {
            "relation": "sales",
            "aggregate": "count",
            "operator": "gte",
            "value": 2,
            "match": "all",
            "conditions": [condition("order.created_at", "in_last_days", 7)],
        }
    )

    assert goes_on(clock, "2026-04-16T00:00", frequent) == {"ann"}
    assert goes_on(clock, "2026-04-16T23:59", frequent) == {"ann"}
    assert goes_on(clock, "2026-04-17T00:00", frequent) == set()


def test_a_segment_of_a_segment_moves_with_time(make_customer, clock, kept):
    an_order(make_customer("ann"), created_at=clock())
    kept(condition("order.created_at", "in_last_days", 7), name="Inner", code="inner")
    outer = kept(condition("segment", "is_not", "inner"), name="Outer")

    assert goes_on(clock, "2026-04-17T23:59", outer) == set()
    assert goes_on(clock, "2026-04-18T00:00", outer) == {"ann"}


# Zones ------------------------------------------------------------------------------------------


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


# Late sweeps ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("until", "left"), [("04-11", 7), ("04-13", 5), ("05-30", 0)])
def test_a_late_sweep_looks_at_all_the_time_that_has_passed(
    make_customer, clock, kept, until, left
):
    for number in range(8):
        an_order(make_customer(f"{number}"), created_at=clock() - timedelta(days=number))
    segment = kept(condition("order.created_at", "in_last_days", 7))
    assert len(stored(segment)) == 8

    assert goes_on(clock, f"2026-{until}T08:00", segment) == {f"{n}" for n in range(left)}


def test_who_came_in_and_went_out_between_two_sweeps_is_not_forgotten(make_customer, clock, kept):
    segment = kept(condition("order.created_at", "in_last_hours", 1))
    clock.advance(seconds=10)
    an_order(make_customer("ann"), created_at=clock())
    process_changes()
    assert stored(segment) == {"ann"}
    # Here the workers stop, before another sweep.

    assert goes_on(clock, "2026-04-10T15:00", segment) == set()


def test_birthdays_of_days_on_which_nobody_swept_are_not_forgotten(make_customer, clock, kept):
    ann = make_customer("ann", date_of_birth=date(1990, 4, 11))
    segment = kept(condition("customer.date_of_birth", "anniversary_in_next_days", 0))
    clock.set("2026-04-11T00:00:05")
    ann.first_name = "Ann"
    ann.save()
    process_changes()
    assert stored(segment) == {"ann"}

    assert goes_on(clock, "2026-04-12T08:00", segment) == set()


def test_the_first_sweep_only_notes_the_time(make_customer, clock, make_segment):
    make_customer("ann")
    make_segment()

    assert sweep() == 0
    assert swept_until() == clock()


def test_a_clock_that_was_set_back_does_no_harm(make_customer, clock, kept):
    an_order(make_customer("ann"), created_at=clock())
    segment = kept(condition("order.created_at", "in_last_days", 7))
    clock.advance(hours=-5)

    assert sweep() == 0
    assert swept_until() == clock()
    assert goes_on(clock, "2026-04-18T00:00", segment) == set()


def test_sweeping_twice_marks_again_and_changes_nothing(make_customer, clock, kept):
    an_order(make_customer("ann"), created_at=clock())
    segment = kept(condition("order.created_at", "in_last_days", 7))
    goes_on(clock, "2026-04-18T00:00", segment)

    assert goes_on(clock, "2026-04-18T00:00:01", segment) == set()
    assert segment.changes.count() == 2


# What is asked, and of whom ---------------------------------------------------------------------


def test_between_midnights_a_sweep_reads_no_shop_data_for_conditions_on_days(
    make_customer, clock, kept
):
    an_order(make_customer("ann"), created_at=clock())
    kept(
        condition("order.created_at", "in_last_days", 7),
        condition("customer.days_until_birthday", "lte", 7),
        condition("activity.days_inactive", "lt", 9),
        condition(
            "activity.days_since_last_order", "gte", {"attribute": "lifetime.number_of_orders"}
        ),
        code="days",
    )
    clock.advance(seconds=15)

    with CaptureQueriesContext(connection) as asked:
        assert sweep() == 0

    about = ("customers_customer ", "customers_order", "customers_dirty")
    assert not [query["sql"] for query in asked if any(table in query["sql"] for table in about)]


def test_only_those_are_marked_whom_time_has_moved_and_only_for_that_segment(
    make_customer, clock, kept
):
    for days in range(20):
        an_order(make_customer(f"{days}"), created_at=clock() - timedelta(days=days))
    recent = kept(condition("order.created_at", "in_last_days", 7), name="1")
    kept(condition("order.created_at", "after", "2026-01-01"), name="2")
    clock.set("2026-04-11T00:00")

    sweep()

    # The eighth leaves; the bound of today's end moves over nobody.
    customers = {customer for customer, _segment in marks()}
    assert len(customers) == 1
    assert {segment for _customer, segment in marks()} == {recent.pk}
    assert process_batch() == 1
    assert "7" not in stored(recent)


@pytest.mark.parametrize(
    "left_alone",
    [
        {"refresh_mode": "manual"},
        {"is_active": False},
        {"version": 2},
        {"follows_clock": False},
        {"quarantined_at": datetime(2026, 4, 1, tzinfo=UTC)},
    ],
    ids=lambda values: next(iter(values)),
)
def test_segments_that_are_not_kept_current_are_not_swept(make_customer, clock, kept, left_alone):
    an_order(make_customer("ann"), created_at=clock())
    kept(condition("order.created_at", "in_last_days", 7))
    Segment.objects.update(**left_alone)
    clock.advance(days=8)

    assert sweep() == 0
    assert Watermark.objects.get().at == clock()


def test_an_invalid_tree_stops_no_other_segment_and_gets_a_run(make_customer, clock, kept):
    an_order(make_customer("ann"), created_at=clock())
    broken = kept(name="1")
    segment = kept(condition("order.created_at", "in_last_days", 7), name="2")
    Segment.objects.filter(pk=broken.pk).update(conditions=BROKEN)
    clock.advance(days=8)

    assert sweep() == 1
    process_changes()

    assert stored(segment) == set()
    assert RefreshRun.objects.unfinished().get().segment_id == broken.pk
