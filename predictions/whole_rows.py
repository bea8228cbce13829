"""Reads rows of whole numbers as arrays: no Python object for each of them."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet

from predictions.columns import Whole

# Is in no text that PostgreSQL holds.
BETWEEN = b"\0"


def whole_rows(rows: QuerySet[Any, tuple[Any, ...]], width: int, *, texts: int = 0) -> list[Whole]:
    """Return the columns of `rows`, so many 64-bit whole numbers of which none is missing.

    The last `texts` columns are of texts: a number stands for each of them, for equal ones the
    same. The rows of all columns are in the same order; in which one is not said. Raises ValueError
    or TypeError where one is missing.
    """
    connection, rows = connections[rows.db], rows.order_by()
    numbers = width - texts
    if connection.vendor != "postgresql":
        found = list(zip(*rows, strict=True)) or [()] * width
        return [*map(_whole, found[:numbers]), *map(_codes, found[numbers:])]
    try:
        sql, params = rows.query.get_compiler(rows.db).as_sql()
    except EmptyResultSet:
        return [_whole(()) for _column in range(width)]
    names = [f"c{number}" for number in range(width)]
    # The database's own bytes of each, all of a column in one value.
    packed = [
        *(f"string_agg(int8send({name}), '')" for name in names[:numbers]),
        *(f"string_agg(convert_to({name}, 'UTF8'), '\\x00')" for name in names[numbers:]),
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), {', '.join(packed)} FROM ({sql}) AS found({', '.join(names)})",
            params,
        )
        count, *values = cursor.fetchone()
    if not count:
        return [_whole(()) for _column in range(width)]
    columns = [
        *(np.frombuffer(value, dtype=">i8").astype(np.int64) for value in values[:numbers]),
        *(_codes(bytes(value).split(BETWEEN)) for value in values[numbers:]),
    ]
    if any(len(column) != count for column in columns):
        raise ValueError("a row lacks a value")
    return columns


def _whole(values: Sequence[int]) -> Whole:
    return np.array(values, dtype=np.int64)


def _codes(texts: Iterable[str | bytes]) -> Whole:
    numbers: dict[str | bytes, int] = {}
    return _whole([numbers.setdefault(text, len(numbers)) for text in texts])
