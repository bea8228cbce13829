"""The trees that benchmarks ask, by name, and the segments that one of them asks for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

SKU = "WOM-00001"
# Codes of the benchmarks' own segments begin so.
PREFIX = "h-"
SPENDERS, RECENT = f"{PREFIX}spenders", f"{PREFIX}recent"

TREES: dict[str, dict[str, Any]] = {
    "simple field": {
        "match": "all",
        "conditions": [
            {"attribute": "customer.email_domain", "operator": "is", "value": "example.com"}
        ],
    },
    "lifetime figure": {
        "match": "all",
        "conditions": [{"attribute": "lifetime.sales", "operator": "gte", "value": "500"}],
    },
    "3 sales in 90 days of 100 or more": {
        "match": "all",
        "conditions": [
            {
                "relation": "sales",
                "aggregate": "count",
                "operator": "gte",
                "value": 3,
                "conditions": [
                    {"attribute": "order.created_at", "operator": "in_last_days", "value": 90},
                    {"attribute": "order.grand_total", "operator": "gte", "value": "100.00"},
                ],
            }
        ],
    },
    "same order": {
        "match": "all",
        "conditions": [
            {
                "relation": "orders",
                "conditions": [
                    {"attribute": "order.grand_total", "operator": "gte", "value": "300"},
                    {"attribute": "order.created_at", "operator": "in_last_days", "value": 30},
                ],
            }
        ],
    },
    "product bought": {
        "match": "all",
        "conditions": [{"attribute": "order_item.sku", "operator": "starts_with", "value": SKU}],
    },
    "never bought": {
        "match": "all",
        "conditions": [
            {
                "relation": "order_items",
                "aggregate": "not_exists",
                "conditions": [
                    {"attribute": "order_item.sku", "operator": "starts_with", "value": SKU}
                ],
            }
        ],
    },
    "category": {
        "match": "all",
        "conditions": [
            {
                "relation": "order_items",
                "conditions": [
                    {
                        "attribute": "order_item.category",
                        "operator": "is_one_of_or_below",
                        "value": ["shoes", "gifts"],
                    }
                ],
            }
        ],
    },
    "segment of segments": {
        "match": "all",
        "conditions": [
            {"attribute": "segment", "operator": "is", "value": SPENDERS},
            {"attribute": "segment", "operator": "is_not", "value": RECENT},
        ],
    },
    "cart idle": {
        "match": "all",
        "conditions": [
            {
                "relation": "carts",
                "conditions": [
                    {"attribute": "cart.updated_at", "operator": "more_than_hours_ago", "value": 24}
                ],
            }
        ],
    },
    "viewed, not bought": {
        "match": "all",
        "conditions": [
            {"relation": "product_views"},
            {"relation": "orders", "aggregate": "not_exists"},
        ],
    },
    "days since last order": {
        "match": "all",
        "conditions": [
            {
                "attribute": "activity.days_since_last_order",
                "operator": "between",
                "value": [30, 90],
            }
        ],
    },
    "negated": {
        "match": "none",
        "conditions": [
            {"attribute": "lifetime.sales", "operator": "gte", "value": "500"},
            {"attribute": "customer.gender", "operator": "is", "value": "male"},
        ],
    },
    "any of three": {
        "match": "any",
        "conditions": [
            {"attribute": "lifetime.sales", "operator": "gte", "value": "500"},
            {"attribute": "activity.days_since_last_order", "operator": "lte", "value": 30},
            {"relation": "sales", "aggregate": "count", "operator": "gte", "value": 5},
        ],
    },
}

TREES["30 leaves, mixed"] = {
    "match": "any",
    "conditions": [
        {
            "match": "all",
            "conditions": [
                {"attribute": "lifetime.sales", "operator": "gte", "value": str(200 * part)},
                {"attribute": "lifetime.number_of_orders", "operator": "gte", "value": part},
                {"attribute": "customer.email_domain", "operator": "is", "value": "example.com"},
                {"attribute": "address.country", "operator": "is", "value": country},
                {
                    "relation": "sales",
                    "conditions": [
                        {
                            "attribute": "order.created_at",
                            "operator": "in_last_days",
                            "value": 60 * part,
                        }
                    ],
                },
                {
                    "attribute": "order_item.sku",
                    "operator": "starts_with",
                    "value": f"WOM-0000{part}",
                },
            ],
        }
        for part, country in enumerate(("DE", "FR", "US", "IT", "ES"), 1)
    ],
}


@contextmanager
def parts() -> Iterator[None]:
    """Keep the segments that “segment of segments” names while the block runs."""
    from segments.editing.saving import create_segment
    from segments.models import Segment
    from segments.rules.definition import Definition

    try:
        for code, tree in ((SPENDERS, "lifetime figure"), (RECENT, "same order")):
            create_segment(Definition(code, conditions=TREES[tree]), code=code, author=None)
        yield
    finally:
        Segment.objects.filter(code__in=[SPENDERS, RECENT]).delete()


# The zone of each customer's website says which days are meant.
_DAY = (
    """(((%(as_of)s AT TIME ZONE w.timezone)::date - {days})::timestamp AT TIME ZONE w.timezone)"""
)
_IN_SCOPE = "c.is_active AND c.kind = 'registered'"
HAND_WRITTEN = {
    "lifetime figure": f"""
        SELECT count(*) FROM customers_customer c JOIN (
            SELECT customer_id FROM customers_order WHERE state NOT IN ('canceled', 'closed')
            GROUP BY customer_id HAVING sum(grand_total) >= 5000000) o ON o.customer_id = c.id
        WHERE {_IN_SCOPE}""",
    "3 sales in 90 days of 100 or more": f"""
        SELECT count(*) FROM (
            SELECT c.id FROM customers_customer c JOIN customers_website w ON w.id = c.website_id
            JOIN customers_order o ON o.customer_id = c.id
            WHERE {_IN_SCOPE} AND o.state NOT IN ('canceled', 'closed')
            AND o.grand_total >= 1000000 AND o.created_at >= {_DAY.format(days=90)}
            AND o.created_at < {_DAY.format(days=-1)}
            GROUP BY c.id HAVING count(*) >= 3) x""",
    "same order": f"""
        SELECT count(DISTINCT c.id) FROM customers_customer c
        JOIN customers_website w ON w.id = c.website_id
        JOIN customers_order o ON o.customer_id = c.id
        WHERE {_IN_SCOPE} AND o.grand_total >= 3000000 AND o.created_at >= {_DAY.format(days=30)}
        AND o.created_at < {_DAY.format(days=-1)}""",
    "days since last order": f"""
        SELECT count(*) FROM (
            SELECT c.id FROM customers_customer c JOIN customers_website w ON w.id = c.website_id
            JOIN (SELECT customer_id, max(created_at) AS last FROM customers_order
                  WHERE state <> 'canceled' GROUP BY customer_id) o ON o.customer_id = c.id
            WHERE {_IN_SCOPE} AND o.last >= {_DAY.format(days=90)}
            AND o.last < {_DAY.format(days=29)}) x""",
    "viewed, not bought": f"""
        SELECT count(*) FROM customers_customer c WHERE {_IN_SCOPE}
        AND EXISTS (SELECT 1 FROM customers_productview v WHERE v.customer_id = c.id)
        AND NOT EXISTS (SELECT 1 FROM customers_order o WHERE o.customer_id = c.id)""",
}


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


def costliest() -> dict[str, dict[str, Any]]:
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
