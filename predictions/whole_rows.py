"""Reads rows of whole numbers as arrays: no Python object for each of them."""

from typing import Any

import numpy as np
from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet

from predictions.columns import Whole


def whole_rows(rows: QuerySet[Any, tuple[Any, ...]], width: int) -> list[Whole]:
    """Return the columns of `rows`, so many 64-bit whole numbers of which none is missing.

    The rows of all columns are in the same order; in which one is not said. Raises ValueError
    where one is missing.
    """
    connection, rows = connections[rows.db], rows.order_by()
    if connection.vendor != "postgresql":
        found = list(zip(*rows, strict=True)) or [()] * width
        return [np.array(column, dtype=np.int64) for column in found]
    try:
        sql, params = rows.query.get_compiler(rows.db).as_sql()
    except EmptyResultSet:
        return [np.zeros(0, dtype=np.int64) for _column in range(width)]
    names = [f"c{number}" for number in range(width)]
    # The database's own bytes of each number, all of a column in one value.
    packed = ", ".join(f"string_agg(int8send({name}), '')" for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), {packed} FROM ({sql}) AS found({', '.join(names)})", params
        )
        count, *values = cursor.fetchone()
    columns = [np.frombuffer(value or b"", dtype=">i8").astype(np.int64) for value in values]
    if any(len(column) != count for column in columns):
        raise ValueError("a row lacks a number")
    return columns
