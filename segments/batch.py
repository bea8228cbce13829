"""A batch of customers who are looked at together: a temporary table that queries can name."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from conditions.matching import moment_at
from customers.models import Customer
from segments.definition import Rule
from segments.diff import Wanted
from segments.models import BatchCustomer, ChangeReason

# So many changed customers are looked at together.
BATCH = 1_000

TABLE = BatchCustomer._meta.db_table


@contextmanager
def batch_of(
    reasons: Mapping[int, ChangeReason], deleted: Mapping[int, str] | None = None
) -> Iterator[QuerySet[Any]]:
    """Make a batch of these customers (internal id → why); yields the query for their ids.

    `deleted` gives the customer numbers of those who are gone. Needs a transaction; there is one
    batch at a time in it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE {TABLE} "
            "(customer_id BIGINT PRIMARY KEY, reason VARCHAR(16), external_id VARCHAR(64))"
        )
    gone = deleted or {}
    BatchCustomer.objects.bulk_create(
        BatchCustomer(customer_id=pk, reason=reasons[pk], external_id=gone.get(pk))
        for pk in sorted(reasons)
    )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {TABLE}")
    yield BatchCustomer.objects.values("customer_id")
    # Not after an error: the table then goes with the transaction, which takes nothing more.
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {TABLE}")


def judged(
    rules: Mapping[int, Rule], ids: QuerySet[Any], *, as_of: datetime, rolled_up: bool
) -> Wanted:
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
    query = customers.order_by().values("id", *columns).query
    sql, params = query.get_compiler(connection=connection).as_sql()
    found = " UNION ALL ".join(f"SELECT {int(pk)}, id FROM judged WHERE s{int(pk)}" for pk in rules)
    return f"WITH judged AS MATERIALIZED ({sql}) {found}", params
