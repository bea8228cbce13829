"""A queryset as a statement for a cursor, to be part of a larger statement."""

from collections.abc import Sequence
from typing import Any

from django.db import connections
from django.db.models import QuerySet

# SQL with placeholders, and its parameters.
Statement = tuple[str, Sequence[Any]]


def statement_of(rows: QuerySet[Any, Any], using: str | None = None) -> Statement:
    """Return the statement of `rows` for the database `using`, or for their own database.

    Raises EmptyResultSet where the queryset is always empty.
    """
    sql, params = rows.query.get_compiler(connection=connections[using or rows.db]).as_sql()
    return sql, tuple(params)
