"""The tables after a test with real transactions: emptied, and filled as the migrations did."""

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from itertools import groupby
from typing import Any

from django.core import serializers
from django.db import OperationalError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.creation import BaseDatabaseCreation
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.models import Model
from django.db.models.constants import OnConflict

from customers.models import DirtyCustomer

TRIES = 5
# Bytes of a table up to which its rows are deleted; what deleted rows leave behind counts too.
SMALL = 1_000_000
MARKS = DirtyCustomer._meta.db_table
QUOTED = re.compile(r'"([^"]+)"')

# What `fill` wrote, as each database returns it.
_migrated: defaultdict[str, dict[type[Model], list[tuple[Any, ...]]]] = defaultdict(dict)


def empty(operations: BaseDatabaseOperations, sql_list: list[str]) -> None:
    """Empty the tables; again where a request that a closed page left behind stood in the way.

    On PostgreSQL a table that holds the migrations' rows and no others keeps them.
    """
    for attempt in range(1, TRIES + 1):
        try:
            with (
                transaction.atomic(using=operations.connection.alias),
                operations.connection.cursor() as cursor,
            ):
                for statement in _deletions(operations, cursor, sql_list):
                    cursor.execute(statement)
                # Triggers mark the customers of rows that go, or everybody where all go at once.
                cursor.execute(f"DELETE FROM {operations.quote_name(MARKS)}")
            break
        except OperationalError:  # each waited for the other
            if attempt == TRIES:
                raise


def _deletions(
    operations: BaseDatabaseOperations, cursor: Any, sql_list: list[str]
) -> Iterable[str]:
    """Yield what empties small tables faster than TRUNCATE, which makes new files for them all.

    It takes the same locks first, so that whoever is still writing is waited for, and has no
    trigger or key looked at. Only a superuser may do that, and only on PostgreSQL; otherwise these
    are the statements of `sql_list`.
    """
    connection = operations.connection
    if (
        connection.vendor != "postgresql"
        or connection.connection.info.parameter_status("is_superuser") != "on"
    ):
        yield from sql_list
        return
    # One statement: TRUNCATE "one", "another";
    tables = QUOTED.findall(sql_list[0])
    quoted = ", ".join(map(operations.quote_name, tables))
    yield f"LOCK TABLE {quoted} IN ACCESS EXCLUSIVE MODE"
    # A table in partitions has no bytes of its own.
    cursor.execute(
        "SELECT relname, CASE relkind WHEN 'p' THEN 1 ELSE pg_relation_size(oid) END FROM pg_class"
        " WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace"
    )
    sizes = dict(cursor.fetchall())
    if max(sizes.values()) > SMALL:
        yield from sql_list
        return
    yield "SET LOCAL session_replication_role = replica"
    unchanged = _unchanged(connection)
    for table in tables:
        if sizes[table] and table not in unchanged:
            yield f"DELETE FROM {operations.quote_name(table)}"


def fill(creation: BaseDatabaseCreation, data: str) -> None:
    """Write the rows of `data` over those that there are, many with a statement.

    Django saves each row for itself. A table that still holds them is left alone.
    """
    connection = creation.connection
    unchanged = _unchanged(connection)
    with transaction.atomic(using=connection.alias):
        for model, rows in _rows(data):
            if model._meta.db_table not in unchanged:
                _write(connection, model, rows)


def _write(connection: BaseDatabaseWrapper, model: type[Model], rows: list[Model]) -> None:
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
    written = _read(connection, model)
    # Without a flush before, there may be others among them.
    if len(written) == len(rows):
        _migrated[connection.alias][model] = written


def _unchanged(connection: BaseDatabaseWrapper) -> set[str]:
    """Return the names of the tables that hold exactly what `fill` wrote."""
    migrated = _migrated[connection.alias].items()
    return {model._meta.db_table for model, rows in migrated if _read(connection, model) == rows}


def _read(connection: BaseDatabaseWrapper, model: type[Model]) -> list[tuple[Any, ...]]:
    rows = model._base_manager.using(connection.alias).order_by("pk")
    return list(rows.values_list())


@cache
def _rows(data: str) -> list[tuple[type[Model], list[Model]]]:
    found = list(serializers.deserialize("json", data))
    assert not any(any(one.m2m_data.values()) for one in found), "write these as well"
    rows = (one.object for one in found)
    return [(model, list(of_model)) for model, of_model in groupby(rows, type)]
