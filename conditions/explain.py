"""Why a customer matches a tree, or why not: the evaluator's verdict."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from conditions.evaluator.facts import facts_of
from conditions.evaluator.given_cart import GivenCart, given_cart
from conditions.evaluator.verdict import Verdict
from conditions.nodes.tree import Group
from conditions.parse import parse_tree
from conditions.sql.scope import scope_of
from core import clock
from customers.models import Customer


def explain(
    tree: str | Mapping[str, Any] | Group,
    customer: Customer,
    *,
    as_of: datetime | None = None,
    cart: Mapping[str, Any] | GivenCart | None = None,
    websites: Collection[str] | None = None,
    customer_groups: Collection[str] | None = None,
    applies_to: str = "registered",
) -> Verdict:
    """Return whether `tree` holds for `customer` at `as_of` (now unless given), and why.

    `.holds` is the answer, `.tree` the tree with `holds` and `actual` at each node. The answer
    ignores a segment's scope: the last three arguments (as in `matching_customers`) only are the
    scope whose customers ranks compare with. `cart` (columns of `carts.csv`, `items`) replaces the
    stored active carts. Raises `InvalidTree`, for the cart and the scope too; ValueError for an
    `as_of` without a time zone or too far away.
    """
    at = clock.now() if as_of is None else as_of
    given = None if cart is None else given_cart(cart, as_of=at)
    scope = scope_of(websites, customer_groups, applies_to)
    (facts,) = facts_of([customer], at, given, scope)
    return parse_tree(tree).evaluate(customer, facts)
