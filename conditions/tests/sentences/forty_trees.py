"""Forty trees beside their sentences: what merchants ask, in the words that they read.

`docs/sentences.md` is made from here (`bin/sentences.py`).
"""

import json
from typing import Any

from django.apps import apps
from django.utils.translation import override

from conditions.parse import parse_tree
from customers.models import Category, CustomerGroup, Store, Website

LANGUAGES = {"en": "English", "de": "Deutsch", "fr": "Français"}

Tree = dict[str, Any]


def c(attribute: str, operator: str, *value: Any) -> Tree:
    """Return a condition."""
    return {"attribute": attribute, "operator": operator, **({"value": value[0]} if value else {})}


def g(match: str, *nodes: Tree) -> Tree:
    """Return a group."""
    return {"match": match, "conditions": list(nodes)}


def r(relation: str, aggregate: str, *nodes: Tree, match: str = "all", **more: Any) -> Tree:
    """Return a relation group."""
    return {"relation": relation, "aggregate": aggregate, **more, **g(match, *nodes)}


def days(attribute: str, number: int) -> Tree:
    """Return that it was in the last so many days."""
    return c(attribute, "in_last_days", number)


SHOES = c("order_item.category", "is_one_of_or_below", ["shoes"])
TOYS = c("order_item.category", "is_one_of_or_below", ["toys"])
ABANDONED = r(
    "carts",
    "exists",
    c("cart.grand_total", "gte", "50"),
    c("cart.updated_at", "more_than_days_ago", 1),
)
NOT_LATELY = r("sales", "not_exists", days("order.created_at", 30))

FORTY: list[Tree] = [
    g("all", c("address.country", "is_one_of", ["FR", "DE"]), ABANDONED, NOT_LATELY),
    g(
        "all",
        r("sales", "count", r("order_items", "exists", SHOES), operator="gte", value=2),
        r("order_items", "not_exists", TOYS),
    ),
    g(
        "all",
        c("lifetime.average_order_value", "gte", "80"),
        c("customer.date_of_birth", "anniversary_in_next_days", 14),
        c("segment", "is_not", "at-risk"),
    ),
    g("all", c("lifetime.number_of_orders", "is", 0)),
    g("all", c("lifetime.number_of_orders", "is", 1)),
    g("all", c("lifetime.number_of_orders", "gte", 5), c("lifetime.sales", "gt", "750")),
    g("all", c("lifetime.sales", "between", ["100", "499.99"])),
    g("all", r("sales", "exists", days("order.created_at", 90))),
    g("all", r("sales", "count", days("order.created_at", 365), operator="gte", value=3)),
    g(
        "all",
        r(
            "sales",
            "sum",
            days("order.created_at", 365),
            of="order.grand_total",
            operator="gte",
            value="500",
        ),
    ),
    g("all", c("activity.days_since_last_order", "gt", 180)),
    g("all", c("activity.last_order_at", "in_period", "last_month")),
    g(
        "all",
        c("customer.registered_at", "in_last_days", 7),
        c("lifetime.number_of_orders", "is", 0),
    ),
    g("all", c("customer.registered_at", "before", "2026-01-01")),
    g("all", c("customer.registered_at", "between", ["2025-10-01", "2025-12-31"])),
    g("all", c("customer.group", "is_one_of", ["wholesale", "retailer"])),
    g(
        "all",
        c("customer.group", "is_not", "wholesale"),
        c("customer.accepts_marketing", "is", True),
    ),
    g("all", c("customer.email", "ends_with", "@example.com")),
    g("all", c("customer.email", "is_empty")),
    g("all", c("customer.tags", "has_any_of", ["vip", "press"])),
    g("all", c("customer.tags", "has_all_of", ["vip", "press"])),
    g("all", c("newsletter.status", "is", "subscribed")),
    g("all", c("newsletter.status", "is_not", "subscribed")),
    g("all", c("address.city", "is", "Berlin"), c("customer.days_until_birthday", "lte", 14)),
    g("all", c("address.country", "is_not_one_of", ["CH"])),
    g("all", c("customer.gender", "is_empty")),
    g(
        "all",
        r("product_views", "exists", days("product_view.viewed_at", 7)),
        r("sales", "not_exists", days("order.created_at", 7)),
    ),
    g("all", r("wishlist_items", "exists", c("wishlist_item.price", "lt", "20"))),
    g("all", c("views.count", "gte", 10), c("activity.last_login_at", "more_than_days_ago", 30)),
    g("all", r("logins", "not_exists", days("login.logged_in_at", 45))),
    g("all", c("order.coupon_code", "is", "SAVE10")),
    g("all", c("order.coupon_code", "is_empty")),
    g("all", r("sales", "every", c("order.coupon_code", "is_not_empty"))),
    g(
        "all",
        r(
            "sales",
            "exists",
            c("order.grand_total", "gt", "250"),
            c("order.store", "is_one_of", ["main"]),
            r(
                "order_items",
                "exists",
                SHOES,
                c("order_item.price", "gte", "100"),
            ),
        ),
    ),
    g("all", r("refunds", "not_exists"), c("lifetime.sales", "gte", "1000")),
    g("all", c("lifetime.refunds", "gt", {"attribute": "lifetime.sales", "times": "0.5"})),
    g("all", r("orders", "latest", of="order.state", operator="is", value="canceled")),
    g(
        "any",
        c("segment", "is_one_of", ["at-risk"]),
        c("activity.days_without_purchase", "gte", 365),
    ),
    g(
        "all",
        c("customer.accepts_marketing", "is", True),
        g("any", ABANDONED, c("wishlist.items_count", "gte", 3)),
        g("none", c("segment", "is", "at-risk"), days("customer.registered_at", 1)),
    ),
    g(
        "any",
        g("all", c("address.country", "is", "DE"), c("lifetime.sales", "gte", "500")),
        g("all", c("address.country", "is", "FR"), c("lifetime.sales", "gte", "300")),
        g(
            "not_all",
            c("customer.email", "is_not_empty"),
            c("customer.accepts_marketing", "is", True),
        ),
    ),
]


def make_names() -> None:
    """Store what the trees name."""
    for code, name in (("wholesale", "Wholesale"), ("retailer", "Retailer")):
        CustomerGroup.objects.create(code=code, name=name)
    for code, name in (("shoes", "Shoes"), ("toys", "Toys")):
        Category.objects.create(code=code, name=name)
    segments = apps.get_model("segments", "Segment").objects
    segments.create(code="at-risk", name="At risk", conditions=g("all"))

    website = Website.objects.create(code="base", name="Base")
    Store.objects.create(code="main", name="Main store", website=website)


def as_markdown() -> str:
    """Return the page; `make_names` has been called."""
    parts = [_HEAD]
    for number, tree in enumerate(FORTY, 1):
        parts.append(f"## {number}\n")
        for language in LANGUAGES:
            with override(language):
                parts.append(f"- {parse_tree(tree).sentence(exact=True)}")
        parts.append(f"\n```json\n{json.dumps(tree, ensure_ascii=False)}\n```\n")
    return "\n".join(parts)


_HEAD = """# Forty trees and their sentences

Generated by `bin/sentences.py` from `conditions/tests/sentences/forty_trees.py`; a test
compares the page. Each sentence is built from the phrases that attributes and relations declare,
and `conditions.reading.exact` reads its tree back, in the normal form of
`conditions/phrases/normal.py`.

How to read the sentences: a list with one value has no quotation marks (in the customer group
Wholesale), a single value has (in the customer group “Wholesale”), so that both can be read back.
Names that are not plain words are quoted; names that two codes share are quoted with their code.
Brackets enclose the conditions of a group within groups, or of one row within another. A condition
on rows outside a relation group reads "have an order", a relation group "have placed an order".
Lists of more than 13 values are cut for readers; `Group.sentence(exact=True)` keeps them whole.
"""
