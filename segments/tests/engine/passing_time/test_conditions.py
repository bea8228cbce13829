"""Time alone moves customers in and out, at the right moment, whatever the condition."""

from datetime import UTC, date, datetime, timedelta

import pytest

from customers.tests.rows import an_order
from segments.tests.engine.harness import condition, goes_on, stored

pytestmark = pytest.mark.django_db


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
