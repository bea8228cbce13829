"""A roll-up's rows as they should be: figures worked out from the customers' rows, by one query."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db.models import F
from django.db.models.expressions import RawSQL

from conditions import registry
from conditions.bases.aggregates import exact_total
from conditions.language.windows import Moment
from conditions.sql.place import AT_CUSTOMER, Context
from conditions.sql.statement import Statement, statement_of
from customers.clock import now
from customers.models import Customer
from customers.models.rollup import OF_CUSTOMER, Rollup

if TYPE_CHECKING:
    from conditions.bases.derived import Derived

# Stands in a query for the ids of those who are asked about, and for their parameters.
_CHOSEN: Any = object()
_MARK = "{chosen}"


def fresh(
    model: type[Rollup], columns: Collection[str], chosen: Statement, using: str
) -> Statement:
    """Return the query for these `columns` of `model`, and `customer_id`, of the chosen.

    `chosen` is what can stand in IN (...): a query for ids of customers, or one of them. An error
    of the database where a sum overflows 64 bits.
    """
    sql, params = _query(model, frozenset(columns), using)
    ids, its = chosen
    found = [one for param in params for one in (its if param is _CHOSEN else (param,))]
    return sql.replace(_MARK, ids), found


# What a figure is does not change while the process runs, and to compile one takes a millisecond.
@lru_cache(maxsize=1_000)
def _query(model: type[Rollup], columns: frozenset[str], using: str) -> Statement:
    values = {"customer_id": "c.id"} | {
        name: f"c.{name}" for name in OF_CUSTOMER if name in columns
    }
    joins, params = "", list[Any]()
    for number, figures in enumerate(_by_rows(model, columns)):
        sql, its = _grouped(figures, using)
        joins += f" LEFT JOIN ({sql}) AS g{number} ON g{number}._owner = c.id"
        params += its
        for figure in figures:
            (name,) = figure.columns
            value = f"g{number}._{name}"
            values[name] = f"COALESCE({value}, 0)" if figure.zero else value
    listed = ", ".join(f'{value} AS "{name}"' for name, value in values.items())
    return (
        f"SELECT {listed} FROM {Customer._meta.db_table} AS c{joins} WHERE c.id IN ({_MARK})"
    ), (*params, _CHOSEN)


def _by_rows(model: type[Rollup], columns: Collection[str]) -> list[list[Derived]]:
    """Return the figures in `columns`, those of one table's rows together."""
    found: dict[str, Derived] = {
        figure.columns[0]: figure
        for family in registry.families()
        for attribute in family.attributes
        for figure in attribute.stored_figures()
        if figure.home is model
    }
    alike: dict[tuple[Any, str], list[Derived]] = {}
    for name in sorted(found.keys() & columns):
        relation = found[name].over_relation()
        alike.setdefault((relation.model, relation.link), []).append(found[name])
    return list(alike.values())


def _grouped(figures: list[Derived], using: str) -> Statement:
    """Return the query for figures of the rows of one table, by customer (`_owner`)."""
    context, relation = Context(Moment(now(), ())), figures[0].over_relation()
    rows = relation.model._default_manager.filter(
        **{f"{relation.link}__in": RawSQL(_MARK, (_CHOSEN,))}
    )
    values = {}
    for figure in figures:
        every = AT_CUSTOMER.rows_of(figure.over_relation())
        # An empty condition is none.
        only = (every.q & figure.where) or None
        values[f"_{figure.columns[0]}"] = figure.value(every, context, only=only, total=exact_total)
    return statement_of(rows.order_by().values(_owner=F(relation.link)).annotate(**values), using)
