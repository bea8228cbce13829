"""A batch of customers who are looked at together: a temporary table that queries can name."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from segments.models import BatchCustomer, ChangeReason

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
