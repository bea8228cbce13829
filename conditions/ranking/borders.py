"""Ranks that the roll-up answers: a customer's own column against a border, computed once.

Where a roll-up has the figure and the rank compares within the whole population, or within its
websites, the places that a rank asks for begin at one figure of each part: the border. The query
then needs neither the customers' own rows nor their places; it reads the roll-up once for the
borders and once more to compare a column with them. PostgreSQL reads both times in parallel.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, F, Func, Q, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf

from conditions.attribute import Attribute
from conditions.bases.row_figures.rolled_up import (
    RolledUp,
    UpToDateAtOnce,
    beginning,
    path_to,
    stored_and_fresh,
)
from conditions.language.operators.ranks import Measure
from conditions.language.types import NumberType
from conditions.ranking.figures import KNOWN, whole_sql
from conditions.ranking.rank import Rank
from conditions.sql.expressions import Compared, LowerMedian, RoundedQuotient, WholeSum
from conditions.sql.place import Context, Place
from conditions.sql.portable import is_portable
from conditions.sql.statement import Statement
from conditions.sql.truth import Truth, all_hold
from core.database.fields import UNITS_PER_ONE
from customers.models import CustomerRollup

AT_ROLLUP = Place(CustomerRollup, "website_id")
# The part of a customer that the roll-up knows.
WEBSITE = "customer.website"
# Figures are whole numbers of 64 bits; a small population has a place for every figure.
LEAST, GREATEST = -(2**63), 2**63 - 1


def has_border(rank: Rank, figure: Attribute, context: Context) -> bool:
    """Return whether the roll-up can answer a rank; `context` is that of the population."""
    assert context.population is not None
    if connection.vendor != "postgresql" or is_portable():
        # SQLite parses few levels of sub-selects.
        return False
    is_told = isinstance(figure, RolledUp) and figure.stored_in is CustomerRollup
    is_everybody = rank.among.is_scope and context.population.is_in_rollup
    is_in_one_row = rank.per in {"", WEBSITE} and isinstance(figure.type, NumberType)
    return is_told and is_everybody and is_in_one_row


def border_truth(
    rank: Rank, figure: Attribute, place: Place, context: Context, of_population: Context
) -> Truth:
    """Return that the positive `rank`, which has a border, holds of the customer at `place`."""
    assert isinstance(figure, RolledUp) and of_population.population is not None
    start = beginning(place, CustomerRollup)
    own_place = replace(place, website=f"{start}website_id")
    number: Any = figure.stored(own_place, context)
    if rank.is_zero_left_out(figure.type):
        number = NullIf(number, Value(0), output_field=BigIntegerField())
    is_at_rollup = place.model is CustomerRollup
    scope = of_population.population.q
    asked = Q(**{f"{start}customer_id__isnull": False})
    is_scope_asked = rank.operator.is_place
    own = _up_to_date(number, scope if is_scope_asked and is_at_rollup else asked, place)
    own_part = [_up_to_date(_website(start), asked, place)] if rank.per else []
    border = _Border(*own_part, rank=rank, figure=figure, population=of_population)
    found = Truth(Q(Compared(own, border, sign=_sign(rank))))
    if is_at_rollup:
        return found
    # Every customer has a row; stating that lets the database join without outer rows.
    there = Truth(Q(**{f"{path_to(CustomerRollup)}__isnull": False}))
    in_scope = [Truth(scope, certain=True)] if is_scope_asked else []
    return all_hold(there, *in_scope, found)


def figures_in_rollup(
    rank: Rank,
    figure: Attribute,
    of_population: Context,
    using: str,
    *,
    without: int | None = None,
) -> Statement:
    """Return the statement for `_part` and `_figure` of all in scope, for a rank with a border.

    `of_population` is the context of the population; `without`: the key of a customer to leave out.
    """
    assert isinstance(figure, RolledUp) and of_population.population is not None
    everybody = CustomerRollup.objects.filter(of_population.population.q)
    others: QuerySet[CustomerRollup, Any] = everybody
    if without is not None:
        others = everybody.exclude(pk=without)
    part: Any = _website("") if rank.per else Value(0)
    value = figure.stored(AT_ROLLUP, of_population)
    return stored_and_fresh(others.order_by().values(_part=part, _figure=value), using)


def _website(start: str) -> Any:
    return Coalesce(F(f"{start}website_id"), 0)


def _up_to_date(number: Any, plain: Q, place: Place) -> Any:
    """Return `number` of the roll-up's row where `plain` holds, exact for pending customers too."""
    owner = F(f"{beginning(place, CustomerRollup)}customer_id")
    return UpToDateAtOnce(owner, number, plain, rollup=CustomerRollup, only=place.only)


def _sign(rank: Rank) -> str:
    return f"{rank.sign}=" if rank.operator.is_place and not rank.ties_out else rank.sign


class _Border(Func):
    """The border of the customer's part; missing for a part without figures.

    With a place it is the last figure that has one, or with ties left out the first that has none;
    with an amount it is the whole number next to it. The source expression is the customer's part,
    if the population is in parts.
    """

    output_field = BigIntegerField()

    def __init__(self, *own_part: Any, rank: Rank, figure: Attribute, population: Context) -> None:
        self.rank, self.figure, self.population = rank, figure, population
        super().__init__(*own_part)

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> Any:  # type: ignore[override]
        figures = figures_in_rollup(self.rank, self.figure, self.population, connection.alias)
        if not self.rank.per and self.rank.measure is Measure.NUMBER:
            return _border_by_number(self.rank, figures)
        if self.rank.operator.is_place:
            value, its = self._place()
        else:
            value, its = border_of_amount(self.rank, self.figure, compiler)
        sql, params = figures
        rows = f"FROM ({sql}) AS figures WHERE {KNOWN}"
        if not self.rank.per:
            return f"(SELECT {value} {rows})", (*its, *params)
        ((part, of_part),) = map(compiler.compile, self.get_source_expressions())
        borders = f"SELECT _part, {value} AS _border {rows} GROUP BY _part"
        by_part = f"SELECT jsonb_object_agg(_part, _border) FROM ({borders}) AS borders"
        return f"((({by_part})) ->> {part}::text)::bigint", (*its, *params, *of_part)

    def _place(self) -> Statement:
        """Return the border for a place, as an aggregate of the figures of a part."""
        a, b = self.rank.limit
        number = str(b + self.rank.ties_out)
        if self.rank.measure is Measure.PERCENT:
            number = f"({b} * COUNT(*) - {int(not self.rank.ties_out)}) / {a} + 1"
        in_order = f"array_agg(_figure ORDER BY _figure {_order(self.rank)})"
        return f"COALESCE(({in_order})[{number}], {_outside(self.rank)})", ()


def border_of_amount(rank: Rank, figure: Attribute, compiler: Any) -> Statement:
    """Return the border for an amount, as an aggregate of the figures of a part, for PostgreSQL.

    It is the whole number next to `times` the average or median: a whole figure is above (below) it
    where it is above (below) the exact product, which need not be computed for each figure. Missing
    where the amount is.
    """
    assert isinstance(figure.type, NumberType)
    amount: Any = LowerMedian(whole_sql("_figure"))
    if rank.measure is Measure.AVERAGE:
        total = WholeSum(whole_sql(f"_figure * {UNITS_PER_ONE // figure.type.scale}"))
        amount = RoundedQuotient(total, whole_sql("COUNT(*)"))
    sql, params = compiler.compile(amount)
    a, b = rank.factors(figure.type)
    exact = f"({sql})::numeric * {b}"
    beyond = "< 0 THEN -1" if rank.operator.is_top else "> 0 THEN 1"
    whole = f"div({exact}, {a}) + CASE WHEN mod({exact}, {a}) {beyond} ELSE 0 END"
    # LEAST and GREATEST ignore NULL.
    clamped = f"LEAST(GREATEST({whole}, {LEAST}), {GREATEST})::bigint"
    return f"CASE WHEN ({sql}) IS NOT NULL THEN {clamped} END", (*params, *params, *params)


def _border_by_number(rank: Rank, figures: Statement) -> Statement:
    """Return the border for a number of places in one part; no more figures than these are kept."""
    sql, params = figures
    _one, b = rank.limit
    return (
        f"COALESCE((SELECT _figure FROM ({sql}) AS figures WHERE {KNOWN}"
        f" ORDER BY _figure {_order(rank)} LIMIT 1 OFFSET {b - 1 + rank.ties_out}),"
        f" {_outside(rank)})"
    ), params


def _order(rank: Rank) -> str:
    return "DESC" if rank.operator.is_top else "ASC"


def _outside(rank: Rank) -> int:
    """Return the border where there are fewer figures than places: every figure has a place."""
    return LEAST if rank.operator.is_top else GREATEST
