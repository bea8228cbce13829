"""The figures of customers as a statement: a row each with `_id`, `_part` and `_figure`.

`_figure` is NULL where it is missing (`KNOWN`), and in whole units where its type counts in them.
`_part` is the number of the part that the customer is compared within, 0 for none.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import BigIntegerField, F, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from conditions.attribute import Attribute
from conditions.bases.aggregated import Aggregated
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


def figures_of(
    customers: QuerySet[Customer], figure: Attribute, rank: Rank, context: Context, using: str
) -> Statement:
    """Return the statement for the figures of `customers` on the database `using`.

    Raises EmptyResultSet where no customer can have a figure, whatever is stored.
    """
    part: Any = Coalesce(F(PARTS[rank.per]), 0) if rank.per else Value(0)
    each = customers.order_by()
    if isinstance(figure, Aggregated) and figure.stored_in is None:
        return _statement_over_rows(each.values(_id=F("pk"), _part=part), figure, context, using)
    (value,) = figure.expressions(AT_CUSTOMER, context)
    return statement_of(each.values(_id=F("pk"), _part=part, _figure=value), using)


def _statement_over_rows(
    customers: QuerySet[Customer, Any], figure: Aggregated, context: Context, using: str
) -> Statement:
    """Return the statement for a figure over rows; they are grouped once for all customers."""
    each, params = set_aside(statement_of(customers, using))
    rows = figure.rows(AT_CUSTOMER, context)
    whose = rows.filtered(**{f"{rows.link}__isnull": False}).order_by().values(_owner=F(rows.link))
    try:
        grouped, its = statement_of(whose.annotate(_figure=figure.value(rows, context)), using)
    except EmptyResultSet:
        if not figure.zero:
            raise
        return f"SELECT _id, _part, 0 AS _figure FROM {each} AS each_one", params
    join, value = ("LEFT JOIN", "COALESCE(_figure, 0)") if figure.zero else ("JOIN", "_figure")
    return (
        f"SELECT _id, _part, {value} AS _figure FROM {each} AS each_one"
        f" {join} ({grouped}) AS grouped ON _owner = _id"
    ), (*params, *its)
