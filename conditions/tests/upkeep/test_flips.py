"""Whomever passing time moves is found by it, and between midnights days ask nothing."""

import os
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conditions.evaluator.facts import Facts, FactStore
from conditions.language.windows import LocalClock, Moment, crossed_ranges
from conditions.parse import parse_tree
from conditions.sql.place import Context
from conditions.sql.scope import moment_at, scope_of
from conditions.tests.examples.awkward_values import INSTANTS, NOW
from conditions.tests.examples.clock_trees import clock_trees
from conditions.tests.examples.shops import awkward_shop
from conditions.upkeep.flips import flipped_customers
from customers.models import Customer
from tests.tiers import examples

EXAMPLES = int(os.environ.get("TREE_EXAMPLES") or examples(150))
SETTINGS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
MOMENTS = st.sampled_from(
    [
        *INSTANTS,
        *(instant + timedelta(days=30) for instant in INSTANTS),
        *(instant + timedelta(hours=24, microseconds=1) for instant in INSTANTS),
        *(NOW + timedelta(hours=hours) for hours in range(-30, 30, 3)),
    ]
)


def flipped(tree, earlier, later):
    scope = scope_of(None, None, "both")
    before, after = (Context(moment_at(at, scope)) for at in (earlier, later))
    return {
        pk
        for customers in flipped_customers(parse_tree(tree), before, after)
        for (pk,) in customers
    }


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, 2])
def test_all_whose_verdict_differs_at_any_moment_of_the_time_are_found(seed):
    awkward_shop(seed).store()
    people = list(Customer.objects.select_related("website", "store", "group", "wishlist"))
    store = FactStore(people)

    def verdicts(tree, at):
        return {
            one.pk
            for one in people
            if tree.holds(one, Facts(one, LocalClock(at, one.website.timezone), store))
        }

    @SETTINGS
    @given(tree=clock_trees(), moments=st.lists(MOMENTS, min_size=3, max_size=3))
    def found(tree, moments):
        first, between, last = sorted(moments)
        parsed = parse_tree(tree)
        one, middle, other = (verdicts(parsed, at) for at in (first, between, last))
        assert (one ^ other) | (one ^ middle) | (middle ^ other) <= flipped(tree, first, last)

    found()


@pytest.mark.django_db
def test_few_are_found_where_few_are_moved():
    awkward_shop(1).store()
    condition = {"attribute": "order.created_at", "operator": "in_last_days", "value": 30}
    later = datetime(2024, 3, 11, 12, tzinfo=UTC)

    found = flipped({"match": "all", "conditions": [condition]}, later - timedelta(days=1), later)

    on_the_day = Customer.objects.filter(
        orders__created_at__gte=later - timedelta(days=33),
        orders__created_at__lt=later - timedelta(days=30),
    ) | Customer.objects.filter(orders__created_at__gte=later - timedelta(days=1, hours=12))
    assert found <= set(on_the_day.values_list("pk", flat=True))


DAY_CONDITIONS = [
    {"attribute": "order.created_at", "operator": "in_last_days", "value": 30},
    {"attribute": "customer.registered_at", "operator": "in_period", "value": "this_month"},
    {"attribute": "customer.date_of_birth", "operator": "anniversary_in_next_days", "value": 0},
    {"attribute": "customer.days_until_birthday", "operator": "lte", "value": 7},
    {"attribute": "activity.days_inactive", "operator": "gte", "value": 30},
    {
        "attribute": "activity.days_since_last_order",
        "operator": "gte",
        "value": {"attribute": "activity.days_since_last_login"},
    },
    {"relation": "orders", "aggregate": "max", "of": "order.created_at"}
    | {"operator": "in_last_days", "value": 3},
    {"relation": "sales", "aggregate": "stopped", "periods": {"unit": "day", "count": 2}},
    {"attribute": "order.created_at", "operator": "after", "value": "2024-03-10"},
    {"attribute": "lifetime.sales", "operator": "gte", "value": "1"},
]


@pytest.mark.django_db
@pytest.mark.parametrize("condition", DAY_CONDITIONS, ids=str)
def test_between_midnights_a_condition_on_days_asks_the_database_nothing(condition):
    awkward_shop(1).store()
    tree = {"match": "all", "conditions": [condition]}
    at = datetime(2024, 3, 10, 7, 0, tzinfo=UTC)
    parsed = parse_tree(tree)
    before, after = (
        Context(moment_at(moment, scope_of(None, None, "both")))
        for moment in (at, at + timedelta(minutes=2))
    )

    with CaptureQueriesContext(connection) as asked:
        found = [row for customers in flipped_customers(parsed, before, after) for row in customers]

    assert found == []
    assert not asked.captured_queries


# Ranges that move -------------------------------------------------------------------------------


def at(hour):
    return datetime(2024, 3, 10, hour, tzinfo=UTC)


MICROSECOND = timedelta(microseconds=1)
ONE_ZONE = Moment(at(0), (("UTC", (1,)),))


@pytest.mark.parametrize(
    ("before", "after", "crossed"),
    [
        ([(at(1), at(5))], [(at(1), at(5))], []),
        (
            [(at(1), at(5))],
            [(at(2), at(6))],
            [(at(1), at(2) - MICROSECOND), (at(5) + MICROSECOND, at(6))],
        ),
        # It has moved past what it was: whatever lies between was in it for a while.
        ([(at(1), at(2))], [(at(6), at(7))], [(at(1), at(7))]),
        ([(None, at(5))], [(None, at(6))], [(at(5) + MICROSECOND, at(6))]),
        ([(at(5), None)], [(at(6), None)], [(at(5), at(6) - MICROSECOND)]),
        # The clock was set back.
        ([(at(6), None)], [(at(5), None)], [(at(5), at(6) - MICROSECOND)]),
        ([], [(at(5), at(6))], [(at(5), at(6))]),
        ([(None, at(5))], [], [(None, at(5))]),
        ([(None, None)], [(at(5), None)], [(None, at(5) - MICROSECOND)]),
        ([(at(5), None)], [(at(5), at(7))], [(at(7) + MICROSECOND, None)]),
    ],
)
def test_what_bounds_move_across_is_found(before, after, crossed):
    assert crossed_ranges([(None, before)], [(None, after)], ONE_ZONE) == [(None, crossed)]


def test_each_websites_ranges_move_by_themselves():
    moment = Moment(at(0), (("Europe/Berlin", (1, 3)), ("UTC", (2,))))
    before = [((1, 3), [(at(1), None)]), ((2,), [(at(2), None)])]
    after = [((1, 3), [(at(3), None)]), ((2,), [(at(2), None)])]

    assert crossed_ranges(before, after, moment) == [
        ((1, 3), [(at(1), at(3) - MICROSECOND)]),
        ((2,), []),
    ]
