"""What merchants look for, as trees; and how each is built by mouse, by keyboard, in words."""

from dataclasses import dataclass
from typing import Any


def _is(attribute: str, operator: str, value: Any = None) -> dict[str, Any]:
    node = {"attribute": attribute, "operator": operator}
    return node if value is None else {**node, "value": value}


def _rows(relation: str, aggregate: str, *conditions: Any, **more: Any) -> dict[str, Any]:
    where = {"match": "all", "conditions": list(conditions)} if conditions else {}
    return {"relation": relation, "aggregate": aggregate, **more, **where}


@dataclass(frozen=True)
class Story:
    """`steps` are what is begun with, and the values that are then chosen (by mouse) or written.

    `keys` are the lines that are typed instead, each finished with Enter; an empty one is an Enter
    alone.
    """

    said: str
    conditions: list[Any]
    steps: list[tuple[str, list[str], list[str]]]
    keys: list[str]


CATEGORY = "order_item.category", "is_one_of_or_below"
STORIES = {
    "a": Story(
        "in France or Germany, an abandoned cart older than a day worth 50 or more, no order in "
        "the last 30 days",
        [
            _is("address.country", "is_one_of", ["FR", "DE"]),
            _rows(
                "carts",
                "exists",
                _is("cart.updated_at", "more_than_hours_ago", 24),
                _is("cart.grand_total", "gte", "50"),
            ),
            _rows("sales", "not_exists", _is("order.created_at", "in_last_days", 30)),
        ],
        [
            ("Lives in … (country)", ["France (FR)", "Germany (DE)"], []),
            ("Has an abandoned cart worth … or more", [], ["50"]),
            ("Has not ordered in the last … days", [], []),
        ],
        ["lives in", "france", "germany", "", "cart worth", "50", "not ordered in the last"],
    ),
    "b": Story(
        "bought from Shoes at least twice, never from Toys",
        [
            _rows(
                "sales",
                "count",
                _rows("order_items", "exists", _is(*CATEGORY, ["shoes"])),
                operator="gte",
                value=2,
            ),
            _rows("order_items", "not_exists", _is(*CATEGORY, ["toys"])),
        ],
        [
            ("Has ordered … times or more from a category", ["Shoes"], []),
            ("Has never bought from a category …", ["Toys"], []),
        ],
        ["times from a category", "shoes", "", "never from a category", "toys"],
    ),
    "c": Story(
        "average order of 80 or more, birthday within 14 days, not in “At risk”",
        [
            _is("lifetime.average_order_value", "gte", "80"),
            _is("customer.days_until_birthday", "lte", 14),
            _is("segment", "is_not_one_of", ["at-risk"]),
        ],
        [
            ("Has an average order of … or more", [], ["80"]),
            ("Has a birthday within … days", [], []),
            ("Is not in the segment …", ["At risk"], []),
        ],
        ["average order", "80", "birthday", "", "not in the segment", "at risk"],
    ),
    "d": Story(
        "spent 500 or more in the last 90 days, never with a coupon",
        [
            _rows(
                "sales",
                "sum",
                _is("order.created_at", "in_last_days", 90),
                of="order.grand_total",
                operator="gte",
                value="500",
            ),
            _rows("sales", "not_exists", _is("order.coupon_code", "is_not_empty")),
        ],
        [
            ("Has spent … or more in the last … days", [], ["500"]),
            ("Has never used a coupon", [], []),
        ],
        ["spent in the last", "500", "never coupon"],
    ),
    "e": Story(
        "accept marketing, signed up in the last 30 days, never ordered",
        [
            _is("customer.accepts_marketing", "is", True),
            _is("customer.registered_at", "in_last_days", 30),
            _rows("sales", "not_exists"),
        ],
        [
            ("Has accepted marketing", [], []),
            ("Signed up in the last … days", [], []),
            ("Has never ordered", [], []),
        ],
        ["accepted marketing", "signed up", "", "never ordered"],
    ),
    "f": Story(
        "looked at products in the last 30 days but did not buy",
        [
            _rows("product_views", "exists", _is("product_view.viewed_at", "in_last_days", 30)),
            _rows("sales", "not_exists", _is("order.created_at", "in_last_days", 30)),
        ],
        [("Looked at products in the last … days but did not buy", [], [])],
        ["looked but did not buy"],
    ),
    "g": Story(
        "subscribed to the newsletter, something on the wish list, not logged in for 90 days",
        [
            _is("newsletter.status", "is", "subscribed"),
            _is("wishlist.items_count", "gte", 1),
            _rows("logins", "not_exists", _is("login.logged_in_at", "in_last_days", 90)),
        ],
        [
            ("Is subscribed to the newsletter", [], []),
            ("Has something on the wish list", [], []),
            ("Has not logged in in the last … days", [], []),
        ],
        ["is subscribed", "wish list", "", "not logged in"],
    ),
    "h": Story(
        "bought from Shoes or Toys, had a refund",
        [
            _rows("order_items", "exists", _is(*CATEGORY, ["shoes", "toys"])),
            _rows("refunds", "exists"),
        ],
        [
            ("Has bought from a category …", ["Shoes", "Toys"], []),
            ("Has had a refund", [], []),
        ],
        ["bought from a category", "shoes", "toys", "", "had a refund"],
    ),
    "i": Story(
        "ordered five times or more, one order worth 300 or more, outside Germany",
        [
            _rows("sales", "count", operator="gte", value=5),
            _rows("sales", "exists", _is("order.grand_total", "gte", "300")),
            _is("address.country", "is_not_one_of", ["DE"]),
        ],
        [
            ("Has ordered … times or more", [], ["5"]),
            ("Has an order worth … or more", [], ["300"]),
            ("Does not live in … (country)", ["Germany (DE)"], []),
        ],
        ["ordered times or more", "5", "order worth", "300", "not live in", "germany"],
    ),
}
