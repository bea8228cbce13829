"""Which customers of a few are members by which of several rules, asked in one statement."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from conditions.matching import moment_at
from conditions.sql.statement import Statement, statement_of
from customers.models import Customer
from segments.rules.rule import Rule

# So many customers are judged together.
BATCH = 1_000


def judged(
    rules: Mapping[int, Rule], ids: QuerySet[Any], *, as_of: datetime, rolled_up: bool
) -> Statement:
    """Return who of the batch `ids` should be in which of the segments (id → rule).

    The customers are read once, and each segment's rule is a column; see `Rule.is_member`.
    """
    # Most segments are about all websites, and go by the same clock.
    scopes = {rule.scope.website_ids: rule.scope for rule in rules.values()}
    clocks = {websites: moment_at(as_of, scope) for websites, scope in scopes.items()}
    columns = {
        f"s{pk}": rule.is_member(clocks[rule.scope.website_ids], only=ids, rolled_up=rolled_up)
        for pk, rule in rules.items()
    }
    customers = Customer.objects.filter(pk__in=ids).annotate(**columns)
    sql, params = statement_of(customers.order_by().values("id", *columns))
    found = " UNION ALL ".join(f"SELECT {int(pk)}, id FROM judged WHERE s{int(pk)}" for pk in rules)
    return f"WITH judged AS MATERIALIZED ({sql}) {found}", params
