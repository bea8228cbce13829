"""The figures of customers as a statement: a row each with `_id`, `_part` and `_figure`.

`_figure` is NULL where it is missing (`KNOWN`), and in whole units where its type counts in them.
`_part` is the number of the part that the customer is compared within, 0 for none.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import BigIntegerField, F, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from conditions.attribute import Attribute
from conditions.bases.row_figures.aggregated import Aggregated
from conditions.ranking.rank import PARTS, Rank
from conditions.ranking.with_clauses import set_aside
from conditions.sql.place import AT_CUSTOMER, Context
from conditions.sql.statement import Statement, statement_of
from customers.models import Customer

# Figures that are not missing; tested around the statement, as SQLite parses few levels.
KNOWN = "_figure IS NOT NULL"


def whole_sql(name: str) -> RawSQL:
    """Return a whole number that a statement returns under a name."""
    return RawSQL(name, (), BigIntegerField())


def members_of(customers: QuerySet[Customer], rank: Rank, using: str) -> Statement:
    """Return what to select `_id` and `_part` of `customers` from, on the database `using`."""
    members = statement_of(customers.order_by().values(_id=F("pk"), _part=_part(rank)), using)
    if rank.among.is_scope and connections[using].vendor == "postgresql":
        # Reading a scope once more, in parallel, costs less than to set it aside.
        sql, params = members
        return f"({sql})", params
    return set_aside(members)


def _part(rank: Rank) -> Any:
    return Coalesce(F(PARTS[rank.per]), 0) if rank.per else Value(0)


def is_zero_without_rows(figure: Attribute) -> bool:
    """Return whether the figure is computed over rows, and is 0 for customers without any."""
    return isinstance(figure, Aggregated) and figure.stored_in is None and figure.zero


def figures_of(
    customers: QuerySet[Customer],
    figure: Attribute,
    rank: Rank,
    context: Context,
    using: str,
    *,
    zeros: bool = True,
) -> Statement:
    """Return the statement for the figures of `customers` on the database `using`.

    Without `zeros`, customers without rows are left out where `is_zero_without_rows`. Raises
    EmptyResultSet where no customer can have a figure, whatever is stored.
    """
    if isinstance(figure, Aggregated) and figure.stored_in is None:
        members = members_of(customers, rank, using)
        return _statement_over_rows(members, figure, context, using, zeros=zeros)
    (value,) = figure.expressions(AT_CUSTOMER, context)
    each = customers.order_by().values(_id=F("pk"), _part=_part(rank), _figure=value)
    return statement_of(each, using)


def _statement_over_rows(
    members: Statement, figure: Aggregated, context: Context, using: str, *, zeros: bool
) -> Statement:
    """Return the statement for a figure over rows; they are grouped once for all customers."""
    each, params = members
    rows = figure.rows(AT_CUSTOMER, context)
    whose = rows.filtered(**{f"{rows.link}__isnull": False}).order_by().values(_owner=F(rows.link))
    try:
        grouped = statement_of(whose.annotate(_figure=figure.value(rows, context)), using)
    except EmptyResultSet:
        if not figure.zero:
            raise
        return f"SELECT _id, _part, 0 AS _figure FROM {each} AS each_one", params
    join = "LEFT JOIN" if figure.zero and zeros else "JOIN"
    value = "COALESCE(_figure, 0)" if figure.zero else "_figure"
    sums, its = set_aside(grouped)
    return (
        f"SELECT _id, _part, {value} AS _figure FROM {each} AS each_one"
        f" {join} {sums} AS grouped ON _owner = _id"
    ), (*params, *its)
