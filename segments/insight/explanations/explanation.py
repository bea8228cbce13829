"""Explains whether and why a customer is a member by a definition, as far as the reader may see."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.utils.timezone import localtime

from conditions import registry
from conditions.evaluator.facts import Facts, facts_of
from conditions.parsing.counted_orders import counted_states
from conditions.reason_text import CanSee, explain_node
from conditions.sql.place import Relation
from core.access.personal import PERMISSION
from core.clock import now
from customers.models import Customer
from segments.rules.evaluation.rule import Rule


@dataclass(frozen=True)
class Explanation:
    """The membership of a customer at `as_of`, and the reasons.

    `tree` is the rule tree with `holds`, `actual` and `because` at its nodes; an `override`
    ("include", "exclude") takes precedence over the tree, and `in_scope` over both.
    """

    member: bool
    in_scope: bool
    override: str | None
    tree: dict[str, Any]
    as_of: datetime


def explain_membership(
    rule: Rule, customer: Customer, *, can_see: CanSee, as_of: datetime | None = None
) -> Explanation:
    """Return whether `customer` is a member by `rule` at `as_of` (aware; now by default).

    `can_see` decides which of the customer's values the tree shows.
    """
    at = as_of or now()
    (facts,) = facts_of([customer], at)
    return Explanation(
        member=rule.holds(facts),
        in_scope=rule.scope.includes(customer),
        override=rule.override_of(facts),
        tree=explain_node(
            rule.tree,
            rule.evaluate(facts),
            can_see,
            _order_states(rule, facts, can_see),
            lambda relation: _last_day(relation, facts, at),
        ),
        as_of=at,
    )


def _order_states(rule: Rule, facts: Facts, can_see: CanSee) -> set[str]:
    """Return the states of the customer's orders, if a tree that `can_see` allows counts orders."""
    if not can_see(registry.attribute("order.state")) or not any(
        map(counted_states, rule.tree.walk())
    ):
        return set()
    return {order.state for order in facts.rows(registry.relation("orders"))}


def _last_day(relation: Relation, facts: Facts, at: datetime) -> date | None:
    """Return the day of the customer's last row of `relation` until `at`; None without one."""
    times = map(relation.time_of, facts.rows(relation))
    last = max((time for time in times if time is not None and time <= at), default=None)
    return None if last is None else localtime(last).date()


def values_seen_by(user: User | AnonymousUser) -> CanSee:
    """Return the predicate whether `user` may see an attribute's values or a relation's rows.

    They are personal data; some attributes and relations need a further permission.
    """
    is_personal_seen = user.has_perm(PERMISSION)
    return lambda asked: is_personal_seen and (asked is None or user.has_perms(asked.permissions))
