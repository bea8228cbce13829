"""Statements that evaluate several rules for a set of customers at once."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Case, QuerySet

from conditions.bases.row_figures.rolled_up import pending
from conditions.nodes.matching_customers import AT_ROLLUP
from conditions.sql.place import AT_CUSTOMER, Place
from conditions.sql.scope import moment_at
from conditions.sql.statement import Statement, statement_of
from customers.models import Customer, CustomerRollup
from segments.rules.evaluation.rule import Rule

# The number of customers that are evaluated together.
BATCH = 1_000


def judging_statement(
    rules: Mapping[int, Rule], ids: QuerySet[Any], *, as_of: datetime, rolled_up: bool
) -> Statement:
    """Return the statement that selects (segment id, customer id) for the members among `ids`.

    `rules` maps segment ids to rules. The customers are read once, and each segment's rule is a
    column; see `Rule.is_member`.
    """
    columns = _columns(rules, as_of, replace(AT_CUSTOMER, only=ids, rolled_up=rolled_up))
    customers = Customer.objects.filter(pk__in=ids).annotate(**columns)
    sql, params = statement_of(customers.order_by().values("id", *columns))
    found = " UNION ALL ".join(f"SELECT {int(pk)}, id FROM judged WHERE s{int(pk)}" for pk in rules)
    return f"WITH judged AS MATERIALIZED ({sql}) {found}", params


def judged_in_rollup(rules: Mapping[int, Rule], *, as_of: datetime) -> Statement:
    """Return the statement that selects (customer id, bits) for each row of the roll-up.

    Each bit is the result of one rule, in the order of `rules` (segment id → rule, each
    `Rule.is_in_rollup`, at most 63). Pending customers (`of_pending`) are left out, because they
    must be evaluated by their own rows.
    """
    columns = _columns(rules, as_of, replace(AT_ROLLUP, rolled_up=True))
    rows = CustomerRollup.objects.exclude(pending("pk", CustomerRollup)).annotate(**columns)
    sql, params = statement_of(rows.order_by().values("customer_id", *columns))
    bits = " + ".join(
        f"CASE WHEN s{int(pk)} THEN {1 << place}::bigint ELSE 0 END"
        for place, pk in enumerate(rules)
    )
    return f"SELECT customer_id, {bits} FROM ({sql}) AS row", params


def of_pending() -> QuerySet[Any]:
    """Return the query for the internal ids of customers whose roll-up is out of date."""
    return Customer.objects.filter(pending("pk", CustomerRollup)).values("pk")


def _columns(rules: Mapping[int, Rule], as_of: datetime, place: Place) -> dict[str, Case]:
    """Return, by column name, whether the customer at `place` is a member, for each segment."""
    # Most segments have all websites in scope and so share the same clock.
    scopes = {rule.scope.website_ids: rule.scope for rule in rules.values()}
    clocks = {websites: moment_at(as_of, scope) for websites, scope in scopes.items()}
    return {
        f"s{pk}": rule.is_member(clocks[rule.scope.website_ids], place)
        for pk, rule in rules.items()
    }
