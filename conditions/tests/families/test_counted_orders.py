"""Conditions that count orders of different states say so where that alone explains the result."""

from datetime import timedelta
from itertools import product

import pytest
from django.utils.translation import override

from conditions.evaluator.facts import facts_of
from conditions.matching import matching_customers
from conditions.parse import parse_tree
from conditions.parsing.counted_orders import counted_states
from conditions.reason_text import because
from conditions.tests.examples.small_shop import condition
from customers.models import OrderState
from customers.tests.rows import AT, a_customer, a_line, an_order

DAYS = (0, 2, 4)
EVERY, CLOSED, CANCELED = set(OrderState), OrderState.CLOSED, OrderState.CANCELED


def rows(relation, aggregate, *nodes, **more):
    return {"relation": relation, "aggregate": aggregate, "conditions": list(nodes), **more}


def lately(days):
    return condition("order.created_at", "in_last_days", days)


# What promises an order, and what rules one out: with a number of days, and without.
BOUGHT_LATELY = [
    lambda days: condition("activity.days_since_last_order", "lte", days),
    lambda days: condition("activity.last_order_at", "in_last_days", days),
    lambda days: condition("activity.days_without_purchase", "lt", days + 1),
    lambda days: rows("sales", "exists", lately(days)),
    lambda days: rows("orders", "count", lately(days), operator="gte", value=1),
    lambda days: rows("order_items", "exists", lately(days)),
]
BOUGHT = [
    condition("activity.days_since_last_order", "gte", 0),
    condition("lifetime.number_of_orders", "gt", 0),
    rows("orders", "exists"),
]
NOT_LATELY = [
    lambda days: rows("sales", "not_exists", lately(days)),
    lambda days: rows("orders", "count", lately(days), operator="is", value=0),
    lambda days: condition("activity.days_since_last_order", "gt", days),
    lambda days: condition("activity.days_without_purchase", "gt", days),
]
NEVER = [
    condition("lifetime.number_of_orders", "is", 0),
    rows("sales", "not_exists"),
    rows("orders", "not_exists"),
]


@pytest.mark.parametrize(
    ("node", "left_out"),
    [
        (rows("orders", "exists"), set()),
        (rows("sales", "exists"), {CLOSED, CANCELED}),
        (rows("order_items", "exists"), {CANCELED}),
        (lately(3), set()),
        (condition("lifetime.number_of_orders", "gt", 0), {CLOSED, CANCELED}),
        (condition("lifetime.average_order_value", "gt", 0), {CLOSED, CANCELED}),
        (condition("lifetime.quantity", "gt", 0), {CANCELED}),
        (condition("activity.days_since_last_order", "gt", 0), {CANCELED}),
        (condition("activity.average_days_between_orders", "gt", 0), {CANCELED}),
        (condition("activity.days_inactive", "gt", 0), {CANCELED}),
        (condition("activity.days_since_last_login", "gt", 0), EVERY),
        (condition("customer.email", "is_not_empty"), EVERY),
        (rows("logins", "exists"), EVERY),
    ],
)
def test_it_is_known_which_orders_count(node, left_out):
    tree = parse_tree({"match": "all", "conditions": [node]})
    assert counted_states(tree.conditions[0]) == EVERY - left_out


@pytest.fixture
def every_order(db):
    """For each state and age up to 6 days a customer with such an order, and one without any.

    For each state, too, one whose order of today is in it, and whose last sale is older.
    """
    a_customer("none")
    for state in OrderState:
        twice = a_customer(f"{state} twice")
        a_line(an_order(twice, state=state, created_at=AT))
        a_line(an_order(twice, created_at=AT - timedelta(days=6)))
    for state, age in product(OrderState, range(7)):
        order = an_order(
            a_customer(f"{state} {age}"), state=state, created_at=AT - timedelta(days=age)
        )
        a_line(order)


def test_two_conditions_are_warned_of_where_they_contradict_each_other_and_nowhere_else(
    every_order,
):
    """Whoever matches none the less has an order that the first counts and the second does not."""
    bought = [*BOUGHT, *(make(days) for make, days in product(BOUGHT_LATELY, DAYS))]
    not_bought = [*NEVER, *(make(days) for make, days in product(NOT_LATELY, DAYS))]
    warned = 0
    for one, other in product(bought, not_bought):
        tree = {"match": "all", "conditions": [one, other]}
        root = parse_tree(tree)
        found = set(matching_customers(tree, as_of=AT).values_list("external_id", flat=True))
        codes = {problem.code for problem in root.warnings}
        beside = counted_states(root.conditions[0]) - counted_states(root.conditions[1])
        by_state_alone = bool(found) and {name.split()[0] for name in found} <= beside
        expected = set() if found else {"never_holds"}
        assert codes == ({"counts_other_orders"} if by_state_alone else expected), tree
        warned += bool(codes)
    assert warned > 50


def test_what_else_holds_of_the_orders_does_not_matter():
    few = condition("order.grand_total", "lt", 10)
    sold = rows("sales", "exists", lately(2), few)
    for other, codes in (
        (rows("sales", "not_exists", lately(2)), ["never_holds"]),
        (rows("sales", "not_exists", lately(2), few), []),
        (rows("sales", "not_exists", few), []),
        (condition("order.grand_total", "gt", 1), []),
    ):
        root = parse_tree({"match": "all", "conditions": [sold, other]})
        assert [problem.code for problem in root.warnings] == codes
        assert not parse_tree({"match": "any", "conditions": [sold, other]}).warnings


def test_the_warning_says_both_conditions_and_which_orders():
    tree = {
        "match": "all",
        "conditions": [
            condition("activity.days_since_last_order", "lt", 90),
            rows("sales", "not_exists", lately(120)),
        ],
    }
    (problem,) = parse_tree(tree).warnings
    assert (problem.path, problem.code) == ("conditions[1]", "counts_other_orders")
    assert problem.message == (
        "“their last order is less than 90 days old” counts closed orders and “have not ordered in "
        "the last 120 days” does not: only customers with a closed order are like both."
    )


@pytest.mark.django_db
def test_why_says_which_of_the_customers_orders_count():
    ann = a_customer("ann")
    for state in ("complete", "closed", "canceled"):
        an_order(ann, state=state)
    nodes = [
        condition("activity.last_order_at", "is_not_empty"),
        rows("sales", "count", operator="gte", value=3),
        rows("orders", "count", operator="gte", value=3),
        condition("customer.email", "is_empty"),
    ]
    tree = parse_tree({"match": "all", "conditions": nodes})
    (facts,) = facts_of([ann], AT)
    verdicts = tree.evaluate(ann, facts).children

    def said(states):
        return [because(*pair, states) for pair in zip(tree.conditions, verdicts, strict=True)]

    assert said({"complete", "closed", "canceled"}) == [
        "because their last order was on March 4, 2026 (closed orders count, canceled ones do not)",
        "because they have placed 1 order (closed and canceled orders do not count)",
        "because they have placed 3 orders in any state",
        "because their e-mail address is not known",
    ]
    assert said({"closed"})[1] == "because they have placed 1 order (closed orders do not count)"
    assert all("(" not in words for words in said({"complete"}))
    with override("de"):
        assert said({"closed"})[1].endswith("(geschlossene Bestellungen zählen nicht)")
