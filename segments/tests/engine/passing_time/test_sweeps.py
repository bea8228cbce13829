"""A sweep, however late, marks those whom time has moved, and asks nobody else."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.tests.rows import an_order
from segments.engine.live_changes.changed_customers import process_batch, process_changes
from segments.engine.live_changes.passing_time import sweep
from segments.models import RefreshRun, Segment, Watermark
from segments.models.work.watermark import swept_until
from segments.tests.engine.harness import BROKEN, condition, goes_on, marks, stored

pytestmark = pytest.mark.django_db


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
    ann = make_customer("ann", date_of_birth=date(1990, 4, 10))
    segment = kept(condition("customer.date_of_birth", "anniversary_in_next_days", 0))
    clock.set("2026-04-11T00:00:05")
    ann.date_of_birth = date(1990, 4, 11)
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
