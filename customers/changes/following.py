"""Columns that copy a value of another row, and the SQL that keeps the copies equal.

A refund of an order belongs to the order's customer. The shop may report another customer by
mistake, and an order may be moved to another customer later: the triggers correct the refund in the
same transaction, however the rows are written. A row without a leading row keeps its own value.
"""

from dataclasses import dataclass

from django.db import models

from customers.models import Order, Refund


@dataclass(frozen=True)
class Following:
    """The `column` of a row of `model` copies that of the row of `leader` that `key` refers to."""

    model: type[models.Model]
    column: str
    key: str
    leader: type[models.Model]


FOLLOWING = (Following(Refund, "customer_id", "order_id", Order),)


def copied_foreign_key(
    model: type[models.Model], field: str, leader: type[models.Model]
) -> str | None:
    """Return the foreign key that rows of `model` copy from the row of `leader` at `field`.

    Both rows lead to the same customer by this key. None where no key is copied.
    """
    for one in FOLLOWING:
        if (one.model, one.key, one.leader) == (model, f"{field}_id", leader):
            return one.column.removesuffix("_id")
    return None


def columns_of(model: type[models.Model]) -> list[str]:
    """Return the columns of `model` that a rule reads or writes, its key first; [] for no rule."""
    found: list[str] = []
    for one in FOLLOWING:
        if model is one.model:
            found += ["id", one.column, one.key]
        if model is one.leader:
            found += ["id", one.column]
    return list(dict.fromkeys(found))


def leaders_of(model: type[models.Model], rows: str) -> list[str]:
    """Return the queries for the leading rows of `rows` of `model`, in order of their keys."""
    return [
        f'SELECT l.id FROM "{one.leader._meta.db_table}" AS l'
        f" WHERE l.id IN (SELECT r.{one.key} FROM {rows} AS r) ORDER BY l.id"
        for one in FOLLOWING
        if model is one.model
    ]


def corrections(
    distinct: str, model: type[models.Model] | None = None, rows: str = ""
) -> list[tuple[str, str]]:
    """Return, for each rule, a query for wrong rows and the statement that corrects them.

    With `model`, both cover only the rows of the table or query `rows` and the rows that follow
    these; without `model`, they cover all rows. `distinct` is the SQL operator by which two values
    differ, with null as a value (such as `IS DISTINCT FROM`).
    """
    found = []
    for one in FOLLOWING:
        table, leader = one.model._meta.db_table, one.leader._meta.db_table
        wrong = f'l.id = "{table}".{one.key} AND l.{one.column} {distinct} "{table}".{one.column}'
        for owner, column in ((one.model, "id"), (one.leader, one.key)):
            if model is owner:
                concerned = f'{wrong} AND "{table}".{column} IN (SELECT r.id FROM {rows} AS r)'
                found.append(_correction(one.column, table, leader, concerned))
        if model is None:
            found.append(_correction(one.column, table, leader, wrong))
    return found


def _correction(column: str, table: str, leader: str, wrong: str) -> tuple[str, str]:
    return (
        f'SELECT 1 FROM "{table}", "{leader}" AS l WHERE {wrong}',
        f'UPDATE "{table}" SET {column} = l.{column} FROM "{leader}" AS l WHERE {wrong}',
    )
