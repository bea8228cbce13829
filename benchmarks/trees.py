"""The trees that benchmarks ask, by name, and the segments that one of them asks for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

SKU = "WOM-00001"
# Codes of the benchmarks' own segments begin so.
PREFIX = "h-"
SPENDERS, RECENT = f"{PREFIX}spenders", f"{PREFIX}recent"
CATEGORIES = ("shoes", "gifts")
COUNTRIES = ("DE", "FR", "US", "IT", "ES")


def _all(*conditions: dict[str, Any]) -> dict[str, Any]:
    return {"match": "all", "conditions": list(conditions)}


def _is(attribute: str, operator: str, value: Any) -> dict[str, Any]:
    return {"attribute": attribute, "operator": operator, "value": value}


SPENT = _is("lifetime.sales", "gte", "500")
ORDERED = _is("lifetime.number_of_orders", "gte", 3)
USUALLY = _is("lifetime.average_order_value", "gte", "200")
OF_SKU = _is("order_item.sku", "starts_with", SKU)

TREES: dict[str, dict[str, Any]] = {
    "simple field": _all(_is("customer.gender", "is", "male")),
    "email domain": _all(_is("customer.email_domain", "is", "example.com")),
    "lifetime sales": _all(SPENT),
    "number of orders": _all(ORDERED),
    "average order value": _all(USUALLY),
    "profit": _all(_is("lifetime.profit", "gte", "500")),
    "three figures under all": _all(SPENT, ORDERED, USUALLY),
    "four in one country": _all(SPENT, ORDERED, USUALLY, _is("address.country", "is", "DE")),
    "days since last order": _all(_is("activity.days_since_last_order", "gte", 90)),
    "3 sales in 90 days of 100 or more": _all(
        {
            "relation": "sales",
            "aggregate": "count",
            "operator": "gte",
            "value": 3,
            "conditions": [
                _is("order.created_at", "in_last_days", 90),
                _is("order.grand_total", "gte", "100.00"),
            ],
        }
    ),
    "same order": _all(
        {
            "relation": "orders",
            "conditions": [
                _is("order.grand_total", "gte", "300"),
                _is("order.created_at", "in_last_days", 30),
            ],
        }
    ),
    "product bought": _all(OF_SKU),
    "never bought": _all(
        {"relation": "order_items", "aggregate": "not_exists", "conditions": [OF_SKU]}
    ),
    "category": _all(
        {
            "relation": "order_items",
            "conditions": [_is("order_item.category", "is_one_of_or_below", list(CATEGORIES))],
        }
    ),
    "cart idle": _all(
        {
            "relation": "carts",
            "conditions": [_is("cart.updated_at", "more_than_hours_ago", 24)],
        }
    ),
    "viewed, not bought": _all(
        {"relation": "product_views"}, {"relation": "orders", "aggregate": "not_exists"}
    ),
    "segment of segments": _all(_is("segment", "is", SPENDERS), _is("segment", "is_not", RECENT)),
    "none of two": {"match": "none", "conditions": [SPENT, _is("customer.gender", "is", "male")]},
    "any of three": {
        "match": "any",
        "conditions": [
            SPENT,
            _is("activity.days_since_last_order", "lte", 30),
            {"relation": "sales", "aggregate": "count", "operator": "gte", "value": 5},
        ],
    },
    "30 leaves, mixed": {
        "match": "any",
        "conditions": [
            _all(
                _is("lifetime.sales", "gte", str(200 * part)),
                _is("lifetime.number_of_orders", "gte", part),
                _is("customer.email_domain", "is", "example.com"),
                _is("address.country", "is", country),
                {
                    "relation": "sales",
                    "conditions": [_is("order.created_at", "in_last_days", 60 * part)],
                },
                _is("order_item.sku", "starts_with", f"WOM-0000{part}"),
            )
            for part, country in enumerate(COUNTRIES, 1)
        ],
    },
}


@contextmanager
def parts() -> Iterator[None]:
    """Keep the segments that “segment of segments” names while the block runs."""
    from segments.editing.saving import create_segment
    from segments.models import Segment
    from segments.rules.definition import Definition

    try:
        for code, tree in ((SPENDERS, "lifetime sales"), (RECENT, "same order")):
            create_segment(Definition(code, conditions=TREES[tree]), code=code, author=None)
        yield
    finally:
        Segment.objects.filter(code__in=[SPENDERS, RECENT]).delete()


def hundred_nodes() -> dict[str, Any]:
    """Return a tree of 100 nodes of many kinds."""
    conditions: list[dict[str, Any]] = []
    kinds = [tree["conditions"][0] for tree in TREES.values()]
    nodes = 1
    while nodes < 100:
        node = kinds[len(conditions) % len(kinds)]
        conditions.append(node)
        nodes += 1 + len(node.get("conditions", ()))
    return {"match": "any", "conditions": conditions}


def costliest_trees() -> dict[str, dict[str, Any]]:
    """Return trees of nearly as many nodes as there may be, of the kinds that take longest."""
    return {
        "sums of lines": _any_of(
            99,
            lambda number: {
                "relation": "order_items",
                "aggregate": "sum",
                "of": "order_item.row_total",
                "operator": "gte",
                "value": str(10_000 + number),
                "conditions": [_contains("order_item.sku", number)],
            },
        ),
        "lines of orders": _any_of(
            66,
            lambda number: {
                "relation": "orders",
                "aggregate": "count",
                "operator": "gte",
                "value": 1,
                "conditions": [
                    {
                        "relation": "order_items",
                        "aggregate": "count",
                        "operator": "gte",
                        "value": 1 + number % 3,
                        "conditions": [_contains("order_item.sku", number)],
                    }
                ],
            },
        ),
        "parts of names": _any_of(198, lambda number: _contains("order_item.name", f"zz{number}")),
        "counted sales": _any_of(
            66,
            lambda number: {
                "relation": "sales",
                "aggregate": "count",
                "operator": "gte",
                "value": 2 + number,
                "conditions": [
                    {
                        "attribute": "order.created_at",
                        "operator": "in_last_days",
                        "value": 30 + number,
                    },
                    {
                        "attribute": "order.grand_total",
                        "operator": "gte",
                        "value": str(100 + number),
                    },
                ],
            },
        ),
        "different views": _any_of(
            99,
            lambda number: {
                "relation": "product_views",
                "aggregate": "count_distinct",
                "of": "product_view.sku",
                "operator": "gte",
                "value": 10 + number,
                "conditions": [
                    {
                        "attribute": "product_view.viewed_at",
                        "operator": "in_last_days",
                        "value": 1 + number,
                    }
                ],
            },
        ),
    }


def _any_of(number: int, condition: Callable[[int], dict[str, Any]]) -> dict[str, Any]:
    return {"match": "any", "conditions": [condition(index) for index in range(number)]}


def _contains(attribute: str, part: object) -> dict[str, Any]:
    return {"attribute": attribute, "operator": "contains", "value": str(part)}
