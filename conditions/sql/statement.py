"""A query set as the statement that a cursor takes, to be part of a greater one."""

from collections.abc import Sequence
from typing import Any

from django.db import connections
from django.db.models import QuerySet

# SQL with placeholders, and its parameters.
Statement = tuple[str, Sequence[Any]]


def statement_of(rows: QuerySet[Any, Any], using: str | None = None) -> Statement:
    """Return the statement of `rows` for the database `using`, or for the one that they are of.

    Raises EmptyResultSet where no row can be one of them, whatever is stored.
    """
    sql, params = rows.query.get_compiler(connection=connections[using or rows.db]).as_sql()
    return sql, tuple(params)
