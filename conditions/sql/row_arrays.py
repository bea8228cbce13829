"""Reads rows of whole numbers as arrays, without a Python object for each; and texts with them."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet
from numpy.typing import NDArray

from conditions.sql.statement import statement_of

Whole = NDArray[np.int64]
# A character that no text of PostgreSQL contains.
BETWEEN = "\0"


def whole_rows(rows: QuerySet[Any, tuple[Any, ...]], width: int) -> list[Whole]:
    """Return `width` columns of `rows`: 64-bit whole numbers, none of them missing.

    All columns have their rows in the same order, which is undefined. Raises ValueError or
    TypeError where a number is missing.
    """
    return rows_with_texts(rows, width, 0)[0]


def rows_with_texts(
    rows: QuerySet[Any, tuple[Any, ...]], numbers: int, texts: int
) -> tuple[list[Whole], list[Sequence[str]]]:
    """Return the columns of `rows` as `whole_rows` does: whole numbers, and behind them texts.

    Raises ValueError or TypeError where a number is missing, on PostgreSQL also where a text is.
    """
    connection, width = connections[rows.db], numbers + texts
    if not rows.query.is_sliced:
        rows = rows.order_by()
    if connection.vendor != "postgresql":
        found: list[Any] = list(zip(*rows, strict=True)) or [()] * width
        return [_whole(column) for column in found[:numbers]], found[numbers:]
    try:
        sql, params = statement_of(rows)
    except EmptyResultSet:
        return _nothing(numbers, texts)
    names = [f"c{number}" for number in range(width)]
    # The database's bytes of each value, a whole column in one value.
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
        return _nothing(numbers, texts)
    whole: list[Whole] = [
        np.frombuffer(value, dtype=">i8").astype(np.int64) for value in values[:numbers]
    ]
    words: list[Sequence[str]] = [
        bytes(value).decode().split(BETWEEN) for value in values[numbers:]
    ]
    if any(len(column) != count for column in [*whole, *words]):
        raise ValueError("a row lacks a value")
    return whole, words


def codes(texts: Iterable[str]) -> Whole:
    """Return a number from 0 on for each text, the same number for equal texts."""
    numbers: dict[str, int] = {}
    return _whole([numbers.setdefault(text, len(numbers)) for text in texts])


def _whole(values: Sequence[int]) -> Whole:
    return np.array(values, dtype=np.int64)


def _nothing(numbers: int, texts: int) -> tuple[list[Whole], list[Sequence[str]]]:
    return [_whole(()) for _column in range(numbers)], [() for _column in range(texts)]
