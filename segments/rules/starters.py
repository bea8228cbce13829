"""Ten segments to begin with, for any shop."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Tree = dict[str, Any]


@dataclass(frozen=True)
class Starter:
    """A segment that a shop can begin with."""

    code: str
    name: str | Promise
    description: str | Promise
    conditions: Tree


def _condition(attribute: str, operator: str, value: Any = None) -> Tree:
    tree = {"attribute": attribute, "operator": operator}
    return tree if value is None else {**tree, "value": value}


def _all(*conditions: Tree) -> Tree:
    return {"match": "all", "conditions": list(conditions)}


def _rows(relation: str, aggregate: str, *conditions: Tree, **comparison: Any) -> Tree:
    return {"relation": relation, "aggregate": aggregate, **comparison, **_all(*conditions)}


STARTERS = (
    Starter(
        "best-customers",
        _("Best customers"),
        _("Five orders or more, for 500 or more altogether, the last of them within a year."),
        _all(
            _condition("lifetime.sales", "gte", "500"),
            _condition("lifetime.number_of_orders", "gte", 5),
            _condition("activity.days_since_last_order", "lte", 365),
        ),
    ),
    Starter(
        "at-risk",
        _("At risk"),
        _("Used to buy again and again, but not for the last six months to two years."),
        _all(
            _condition("lifetime.number_of_orders", "gte", 3),
            _condition("activity.days_since_last_order", "between", [181, 730]),
        ),
    ),
    Starter(
        "new-customers",
        _("New customers"),
        _("Registered within the last 30 days."),
        _all(_condition("customer.registered_at", "in_last_days", 30)),
    ),
    Starter(
        "one-time-buyers",
        _("One-time buyers"),
        _("Bought exactly once, and that was more than 60 days ago."),
        _all(
            _condition("lifetime.number_of_orders", "is", 1),
            _condition("activity.days_since_last_order", "gt", 60),
        ),
    ),
    Starter(
        "abandoned-cart",
        _("Abandoned cart"),
        _("Left products in the cart more than an hour and up to 14 days ago."),
        _all(
            _rows(
                "carts",
                "exists",
                _condition("cart.items_count", "gte", 1),
                _condition("cart.updated_at", "more_than_hours_ago", 1),
                _condition("cart.updated_at", "in_last_days", 14),
            )
        ),
    ),
    Starter(
        "birthday-soon",
        _("Birthday soon"),
        _("Has a birthday within the next seven days."),
        _all(_condition("customer.date_of_birth", "anniversary_in_next_days", 7)),
    ),
    Starter(
        "subscribed-never-ordered",
        _("Subscribed but never ordered"),
        _("Receives the newsletter, but has not ordered yet."),
        _all(
            _condition("newsletter.status", "is", "subscribed"),
            _rows("orders", "not_exists"),
        ),
    ),
    Starter(
        "many-refunds",
        _("Many refunds"),
        _("Three or more credit notes within a year."),
        _all(
            _rows(
                "refunds",
                "count",
                _condition("refund.created_at", "in_last_days", 365),
                operator="gte",
                value=3,
            )
        ),
    ),
    Starter(
        "viewed-not-bought",
        _("Viewed but not bought"),
        _("Looked at products within the last 14 days, but has not bought in the last 30."),
        _all(
            _rows(
                "product_views", "exists", _condition("product_view.viewed_at", "in_last_days", 14)
            ),
            _rows("sales", "not_exists", _condition("order.created_at", "in_last_days", 30)),
        ),
    ),
    Starter(
        "wish-list-no-order",
        _("Wish list and no order"),
        _("Wished for products, but has never bought any."),
        _all(
            _condition("wishlist.items_count", "gte", 1),
            _condition("lifetime.number_of_orders", "is", 0),
        ),
    ),
)
