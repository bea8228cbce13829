"""A batch of customers who are evaluated together: a temporary table that queries can refer to.

A batch needs a transaction, and a transaction has at most one batch at a time.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from conditions.sql.statement import Statement
from segments.models import BatchCustomer, ChangeReason

TABLE = BatchCustomer._meta.db_table


@contextmanager
def batch_of(
    reasons: Mapping[int, ChangeReason], deleted: Mapping[int, str] | None = None
) -> Iterator[QuerySet[Any]]:
    """Make a batch of these customers (internal id → reason) and yield the queryset of their ids.

    `deleted` maps the internal ids of deleted customers to their customer numbers.
    """
    _make()
    gone = deleted or {}
    BatchCustomer.objects.bulk_create(
        BatchCustomer(customer_id=pk, reason=reasons[pk], external_id=gone.get(pk))
        for pk in sorted(reasons)
    )
    yield _made()
    # Not after an error: an aborted transaction runs no statement; its rollback drops the table.
    _execute(f"DROP TABLE {TABLE}")


@contextmanager
def batch_of_selected(selected: Statement, reason: ChangeReason) -> Iterator[QuerySet[Any]]:
    """Make a batch of the customers whose internal ids a statement selects, each once.

    The ids stay in the database, however many there are.
    """
    _make()
    sql, params = selected
    _execute(
        f"INSERT INTO {TABLE} (customer_id, reason) SELECT *, '{reason.value}' FROM ({sql}) found",
        params,
    )
    yield _made()
    _execute(f"DROP TABLE {TABLE}")


def _make() -> None:
    _execute(
        f"CREATE TEMPORARY TABLE {TABLE} "
        "(customer_id BIGINT PRIMARY KEY, reason VARCHAR(16), external_id VARCHAR(64))"
    )


def _made() -> QuerySet[Any]:
    if connection.vendor == "postgresql":
        _execute(f"ANALYZE {TABLE}")
    return BatchCustomer.objects.values("customer_id")


def _execute(sql: str, params: Any = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
