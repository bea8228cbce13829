"""Turns a tree, a scope and a clock into the queryset of the matching customers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from conditions.nodes.matching_customers import find_customers, is_enough_for
from conditions.nodes.tree import Group
from conditions.parse import parse_tree
from conditions.sql.scope import context_at, scope_of
from customers.models import Customer


def matching_customers(
    tree: str | Mapping[str, Any] | Group,
    *,
    as_of: datetime | None = None,
    websites: Collection[str] | None = None,
    customer_groups: Collection[str] | None = None,
    applies_to: str = "registered",
) -> QuerySet[Customer]:
    """Return the customers in scope who match `tree` at `as_of` (now unless given).

    `websites` and `customer_groups` are codes; an empty collection means all. Raises `InvalidTree`
    for an invalid tree and for a scope that does not exist; ValueError for an `as_of` without a
    time zone or too far away.
    """
    scope = scope_of(websites, customer_groups, applies_to)
    context, group = context_at(as_of, scope), parse_tree(tree)
    return find_customers(
        lambda place: group.in_scope(scope.q, place, context),
        in_rollup=scope.is_in_rollup and is_enough_for(group),
    )
