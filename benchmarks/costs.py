"""Costs of ranks, orders of events, periods and last rows, compared with plain conditions.

Each tree is counted in turn with a tree that compares the same figure or rows with a constant; a
live check of a rank is timed alone. Goals: `conditions_more.md` §10.
"""

from typing import Any

from benchmarks.made import made, settle
from benchmarks.measure import Goal, Kind, Options, Row, in_turn
from benchmarks.preview import AS_OF
from conditions.matching import matching_customers
from conditions.parse import parse_tree
from customers.models import Customer
from segments.membership import is_member

RECENT = {"attribute": "order.created_at", "operator": "in_last_days", "value": 90}
SPENT = {"attribute": "lifetime.sales"}
SPENT_LATELY = {"relation": "sales", "aggregate": "sum", "of": "order.grand_total"} | {
    "match": "all",
    "conditions": [RECENT],
}
AT_LEAST_500 = {"operator": "gte", "value": "500"}
FIRST_100 = {"operator": "in_top", "value": 100}
FIRST_TENTH = {"operator": "in_top_percent", "value": "10"}
ABOVE_AVERAGE = {"operator": "above_average"}
MEDIAN = {"operator": "above_median"}
# With a condition that no roll-up answers.
PAID = {"match": "all"} | {
    "conditions": [{"attribute": "order.grand_total", "operator": "gte", "value": "10"}]
}
ORDERS = {"relation": "sales", "aggregate": "count", "operator": "gte", "value": 1} | PAID
LINES = {"relation": "order_items", "aggregate": "count", "operator": "gte", "value": 1} | {
    "match": "all",
    "conditions": [{"attribute": "order_item.quantity", "operator": "gte", "value": "1"}],
}

A_RANK, STEPS, ROWS = 1.5, 3, 2
# The measured trees, the trees to compare with, and the highest allowed ratio of their times.
ASKED: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]], float]] = {
    "top 100 by sales": ([SPENT | FIRST_100], [SPENT | AT_LEAST_500], A_RANK),
    "top 10 % by sales": ([SPENT | FIRST_TENTH], [SPENT | AT_LEAST_500], A_RANK),
    "more than the average": ([SPENT | ABOVE_AVERAGE], [SPENT | AT_LEAST_500], A_RANK),
    "more than the median": ([SPENT | MEDIAN], [SPENT | AT_LEAST_500], A_RANK),
    "top 10 % in each website": (
        [SPENT | FIRST_TENTH | {"per": "customer.website"}],
        [SPENT | AT_LEAST_500],
        A_RANK,
    ),
    "top 100 in 90 days": ([SPENT_LATELY | FIRST_100], [SPENT_LATELY | AT_LEAST_500], A_RANK),
    "top 10 % in 90 days": ([SPENT_LATELY | FIRST_TENTH], [SPENT_LATELY | AT_LEAST_500], A_RANK),
    "average of 90 days": ([SPENT_LATELY | ABOVE_AVERAGE], [SPENT_LATELY | AT_LEAST_500], A_RANK),
    "two ranks of one figure": (
        [SPENT_LATELY | FIRST_TENTH, SPENT_LATELY | ABOVE_AVERAGE],
        [SPENT_LATELY | FIRST_TENTH],
        A_RANK,
    ),
    "two orders within 30 days": (
        [
            {
                "steps": [
                    {"relation": "sales"} | PAID,
                    {"relation": "sales", "within_days": 30} | PAID,
                ]
            }
        ],
        [ORDERS],
        STEPS,
    ),
    "a view, then the product": (
        [
            {
                "steps": [
                    {"relation": "product_views"},
                    {"relation": "order_items", "within_days": 7, "same": "sku"},
                ]
            }
        ],
        [LINES],
        STEPS,
    ),
    "a view, no order in 7 days": (
        [
            {
                "steps": [
                    {"relation": "product_views"},
                    {"relation": "sales", "within_days": 7, "not": True} | PAID,
                ]
            }
        ],
        [ORDERS],
        STEPS,
    ),
    "4 of 6 months": (
        [
            ORDERS
            | {"aggregate": "active_periods", "value": 4}
            | {"periods": {"unit": "month", "count": 6}}
        ],
        [ORDERS],
        ROWS,
    ),
    "last 3 orders": ([ORDERS | {"last": 3}], [ORDERS], ROWS),
    "last 3 lines": ([LINES | {"last": 3}], [LINES], ROWS),
}


def rows(options: Options) -> list[Row]:
    """Return a row for each of `ASKED`, and one for a live check of a rank."""
    settle()
    found = []
    for name, (asked, plain, most) in ASKED.items():
        trees = [parse_tree({"match": "all", "conditions": nodes}) for nodes in (asked, plain)]
        ours, theirs = in_turn(
            *(lambda tree=tree: matching_customers(tree, as_of=AS_OF).count() for tree in trees),
            rounds=options.rounds,
            seconds=options.seconds,
        )
        goals = (Goal(Kind.TIMES, most),)
        found.append(Row("costs", name, ours, "plain", theirs, goals, grows=True))
    with made(1, lambda _index: SPENT | FIRST_100) as (segment,):
        customer = Customer.objects.order_by("pk")[1000:1001].get()
        (checks,) = in_turn(lambda: is_member(customer, segment), rounds=options.rounds * 20)
    goals = (Goal(Kind.MILLISECONDS, 50),)
    return [*found, Row("costs", "live check of a rank", checks, goals=goals)]
