"""Fresh rows of a roll-up: figures computed from the customers' rows, by one query."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db.models import F
from django.db.models.expressions import RawSQL

from conditions import registry
from conditions.bases.aggregates import exact_total
from conditions.language.windows import Moment
from conditions.sql.place import AT_CUSTOMER, Context
from conditions.sql.portable import is_portable
from conditions.sql.statement import Statement, statement_of
from core.clock import now
from customers.models import Customer
from customers.models.rollup import OF_CUSTOMER, Rollup

if TYPE_CHECKING:
    from conditions.bases.row_figures.derived import Derived

# Placeholders in a query: `_MARK` for the query of the chosen ids, `_CHOSEN` for its parameters.
_CHOSEN: Any = object()
_MARK = "{chosen}"


def fresh(
    model: type[Rollup],
    columns: Collection[str],
    chosen: Statement | None,
    using: str,
    *,
    total: Callable[..., Any] = exact_total,
) -> Statement:
    """Return the query for these `columns` of `model`, and `customer_id`, of the chosen customers.

    `chosen` can stand in IN (...): a query for ids of customers, or a single id; None: all
    customers. `total` makes the sums: by default a sum that overflows 64 bits is an error.
    """
    sql, params = _query(model, frozenset(columns), chosen is None, using, total, is_portable())
    ids, its = chosen or ("", ())
    found = [one for param in params for one in (its if param is _CHOSEN else (param,))]
    return sql.replace(_MARK, ids), found


def stored_figures(model: type[Rollup]) -> list[Derived]:
    """Return the figures that the columns of the roll-up `model` store, each once."""
    attributes = [one for family in registry.families() for one in family.attributes]
    parts = [part for one in attributes for part in one.stored_figures() if part.home is model]
    found = {part.columns[0]: part for part in parts}
    return [found[name] for name in sorted(found)]


# Figures do not change while the process runs, and compiling one takes a millisecond.
@lru_cache(maxsize=1_000)
def _query(
    model: type[Rollup],
    columns: frozenset[str],
    everybody: bool,
    using: str,
    total: Any,
    _portable: bool,
) -> Statement:
    values = {"customer_id": "c.id"}
    values |= {name: f"c.{name}" for name in OF_CUSTOMER if name in columns}
    joins, params = "", list[Any]()
    asked = [one for one in stored_figures(model) if one.columns[0] in columns]
    for number, figures in enumerate(_by_rows(asked)):
        sql, its = _figures_statement(figures, everybody, using, total)
        joins += f" LEFT JOIN ({sql}) AS g{number} ON g{number}._owner = c.id"
        params += its
        for figure in figures:
            (name,) = figure.columns
            value = f"g{number}._{name}"
            # A sum that overflows is NULL too, for a customer who has rows.
            missing = f"(CASE WHEN g{number}._owner IS NULL THEN 0 ELSE {value} END)"
            values[name] = missing if figure.zero else value
    listed = ", ".join(f'{value} AS "{name}"' for name, value in values.items())
    query = f"SELECT {listed} FROM {Customer._meta.db_table} AS c{joins}"
    if everybody:
        return query, tuple(params)
    return f"{query} WHERE c.id IN ({_MARK})", (*params, _CHOSEN)


def _by_rows(figures: list[Derived]) -> list[list[Derived]]:
    """Return the figures grouped by the table of their rows and the path to the customer."""
    alike: dict[tuple[Any, str], list[Derived]] = {}
    for figure in figures:
        relation = figure.over_relation()
        alike.setdefault((relation.model, relation.link), []).append(figure)
    return list(alike.values())


def _figures_statement(
    figures: list[Derived], everybody: bool, using: str, total: Any
) -> Statement:
    """Return the query for figures of the rows of one table, by customer (`_owner`)."""
    context, relation = Context(Moment(now(), ())), figures[0].over_relation()
    link = relation.link
    whose = {f"{link}__isnull": False} if everybody else {f"{link}__in": RawSQL(_MARK, (_CHOSEN,))}
    rows = relation.model._default_manager.filter(**whose)
    values = {}
    for figure in figures:
        every = AT_CUSTOMER.rows_of(figure.over_relation())
        # An empty condition is the same as no condition.
        only = (every.q & figure.where) or None
        values[f"_{figure.columns[0]}"] = figure.value(every, context, only=only, total=total)
    return statement_of(rows.order_by().values(_owner=F(link)).annotate(**values), using)
