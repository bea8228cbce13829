"""The results of a preview from the database."""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet

from conditions.nodes.matching_customers import ids_of
from conditions.sql.scope import context_at
from conditions.sql.statement import statement_of
from core.database.replicas import reading_alias
from core.database.time_limit import IsOver, time_limit
from customers.models import Customer
from segments.insight.previews.node_counts import NodeCount, node_counts
from segments.rules.evaluation.rule import Rule


@dataclass(frozen=True)
class FromDatabase:
    """See `Answers`; `is_over` returns True once the preview was cancelled."""

    rule: Rule
    as_of: datetime
    is_over: IsOver
    engine = ""

    def count_and_list(self, limit: int, deadline: float) -> tuple[int, tuple[Customer, ...]]:
        with time_limit(deadline, self.is_over):
            return _found(self.rule.customers(as_of=self.as_of), limit)

    def scope_count(self, deadline: float) -> int:
        with time_limit(deadline, self.is_over):
            return Customer.objects.filter(self.rule.scope.q).count()

    def node_counts(self, deadline: float) -> list[NodeCount]:
        context = context_at(self.as_of, self.rule.scope)
        with time_limit(deadline, self.is_over):
            return node_counts(self.rule.tree, self.rule.scope.q, context)


def _found(customers: QuerySet[Customer], limit: int) -> tuple[int, tuple[Customer, ...]]:
    """Return the number of `customers`, and the first `limit` of them by internal id.

    The ids are computed once, because finding a few rare customers takes as long as counting them.
    """
    if not limit:
        return customers.count(), ()
    try:
        sql, params = statement_of(ids_of(customers))
    except EmptyResultSet:  # The query has no results, whatever the rows.
        return 0, ()
    with connections[reading_alias()].cursor() as cursor:
        cursor.execute(
            f"WITH chosen(id) AS MATERIALIZED ({sql}) SELECT (SELECT COUNT(*) FROM chosen), id "
            "FROM (SELECT id FROM chosen ORDER BY id LIMIT %s) AS first",
            [*params, limit],
        )
        rows = cursor.fetchall()
    first = Customer.objects.filter(pk__in=[number for _count, number in rows]).order_by("pk")
    return (rows[0][0] if rows else 0), tuple(first)
