"""The tables after a test with real transactions: emptied, and filled as the migrations did."""

from functools import cache
from itertools import groupby
from typing import Any

from django.core import serializers
from django.db import OperationalError, transaction
from django.db.backends.base.creation import BaseDatabaseCreation
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.models import Model
from django.db.models.constants import OnConflict

from customers.models import DirtyCustomer

TRIES = 5
# Bytes of a table up to which its rows are deleted; what deleted rows leave behind counts too.
SMALL = 1_000_000
MARKS = DirtyCustomer._meta.db_table


def empty(operations: BaseDatabaseOperations, sql_list: list[str]) -> None:
    """Empty the tables; again where a request that a closed page left behind stood in the way."""
    for attempt in range(1, TRIES + 1):
        try:
            with (
                transaction.atomic(using=operations.connection.alias),
                operations.connection.cursor() as cursor,
            ):
                for statement in _deletions(operations, cursor) or sql_list:
                    cursor.execute(statement)
                # Triggers mark the customers of rows that go, or everybody where all go at once.
                cursor.execute(f"DELETE FROM {operations.quote_name(MARKS)}")
            break
        except OperationalError:  # each waited for the other
            if attempt == TRIES:
                raise


def _deletions(operations: BaseDatabaseOperations, cursor: Any) -> list[str]:
    """Return what empties small tables faster than TRUNCATE, which makes new files for them all.

    It takes the same locks first, so that whoever is still writing is waited for, and has no
    trigger or key looked at. Only a superuser may do that, and only on PostgreSQL.
    """
    connection = operations.connection
    if connection.vendor != "postgresql":
        return []
    if connection.connection.info.parameter_status("is_superuser") != "on":
        return []
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    tables = [operations.quote_name(name) for name in names]
    # A table in partitions has no bytes of its own.
    largest = (
        "SELECT max(pg_relation_size(one)) FROM (SELECT name::regclass::oid AS one FROM"
        " unnest(%s::text[]) AS name UNION ALL SELECT inhrelid FROM pg_inherits) AS found"
    )
    cursor.execute(largest, [tables])
    if cursor.fetchone()[0] > SMALL:
        return []
    return [
        f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE",
        "SET LOCAL session_replication_role = replica",
        "; ".join(f"DELETE FROM {table}" for table in tables),
    ]


def fill(creation: BaseDatabaseCreation, data: str) -> None:
    """Write the rows of `data` over those that there are, many with a statement.

    Django saves each row for itself.
    """
    connection = creation.connection
    with transaction.atomic(using=connection.alias):
        for model, rows in _rows(data):
            key, fields = model._meta.pk, model._meta.local_concrete_fields
            size = connection.ops.bulk_batch_size(fields, rows)
            for start in range(0, len(rows), size):
                model._base_manager._insert(
                    rows[start : start + size],
                    fields=fields,
                    using=connection.alias,
                    raw=True,
                    on_conflict=OnConflict.UPDATE,
                    update_fields=[field for field in fields if field is not key],
                    unique_fields=[key],
                )


@cache
def _rows(data: str) -> list[tuple[type[Model], list[Model]]]:
    found = list(serializers.deserialize("json", data))
    assert not any(any(one.m2m_data.values()) for one in found), "write these as well"
    rows = (one.object for one in found)
    return [(model, list(of_model)) for model, of_model in groupby(rows, type)]
