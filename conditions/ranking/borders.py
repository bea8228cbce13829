"""Ranks that the roll-up answers: a customer's own column against a border, computed once.

Where a roll-up has the figure and the rank compares within the whole population, the places that a
rank asks for begin at one figure of the population: the border. The query then needs neither the
customers' own rows nor their places; it reads the roll-up and compares a column with a constant.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, Expression, Q, QuerySet, Value

from conditions.attribute import Attribute
from conditions.bases.rolled_up import RolledUp, beginning, exact_for_pending
from conditions.language.operators.ranks import Measure
from conditions.language.types import NumberType
from conditions.ranking.figures import KNOWN, whole_sql
from conditions.ranking.rank import Rank
from conditions.sql.expressions import (
    Compared,
    ComparedTimes,
    LowerMedian,
    RoundedQuotient,
    WholeSum,
)
from conditions.sql.place import Context, Place
from conditions.sql.statement import Statement, statement_of
from conditions.sql.truth import Truth, all_hold
from core.database.fields import UNITS_PER_ONE
from customers.models import CustomerRollup

AT_ROLLUP = Place(CustomerRollup, "website_id")
# Figures are whole numbers of 64 bits; a small population has a place for every figure.
LEAST, GREATEST = -(2**63), 2**63 - 1


def has_border(rank: Rank, figure: Attribute, context: Context) -> bool:
    """Return whether the roll-up can answer a rank; `context` is that of the population."""
    assert context.population is not None
    if connection.vendor != "postgresql":
        # SQLite parses few levels of sub-selects.
        return False
    is_told = isinstance(figure, RolledUp) and figure.stored_in is CustomerRollup
    is_everybody = rank.among.is_scope and context.population.is_in_rollup
    return is_told and is_everybody and not rank.per and isinstance(figure.type, NumberType)


def border_truth(
    rank: Rank, figure: Attribute, place: Place, context: Context, of_population: Context
) -> Truth:
    """Return that the positive `rank`, which has a border, holds of the customer at `place`."""
    assert isinstance(figure, RolledUp) and isinstance(figure.type, NumberType)
    home = CustomerRollup
    own_place = replace(place, website=f"{beginning(place, home)}website_id")
    own = figure.stored(own_place, context)
    figures = figures_in_rollup(figure, of_population)
    if rank.operator.is_place:
        test: Any = Compared(own, _border(rank, figures), sign=_sign(rank))
    else:
        a, b = rank.factors(figure.type)
        amount = _amount(rank, figure.type, figures)
        test = ComparedTimes(own, amount, sign=rank.sign, a=a, b=b)
    q = Q(test)
    if rank.is_zero_left_out(figure.type):
        q &= ~Q(Compared(own, _Scalar(lambda _compiler: ("0", ())), sign="="))
    found = exact_for_pending(home, Truth(q), place)
    if not rank.operator.is_place:
        return found
    scope = _in_scope(of_population)
    in_scope = exact_for_pending(home, scope, place) if place.model is home else scope
    return all_hold(in_scope, found)


def figures_in_rollup(
    figure: Attribute, of_population: Context, *, without: int | None = None
) -> QuerySet[CustomerRollup, Any]:
    """Return `_part` (0) and `_figure` of all customers in scope, for a rank that has a border.

    `of_population` is the context of the population; `without`: the key of a customer to leave out.
    """
    everybody = CustomerRollup.objects.filter(
        exact_for_pending(CustomerRollup, _in_scope(of_population), AT_ROLLUP).q
    )
    others = everybody if without is None else everybody.exclude(pk=without)
    (value,) = figure.expressions(AT_ROLLUP, of_population)
    return others.order_by().values(_part=Value(0), _figure=value)


def _in_scope(of_population: Context) -> Truth:
    assert of_population.population is not None
    return Truth(of_population.population.q, certain=True)


def _sign(rank: Rank) -> str:
    return rank.sign if rank.ties_out else f"{rank.sign}="


class _Scalar(Expression):
    """A number that a statement returns; the statement is made when the database is known."""

    output_field = BigIntegerField()

    def __init__(self, make: Callable[[Any], Statement]) -> None:
        self.make = make
        super().__init__()

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        sql, params = self.make(compiler)
        return f"({sql})", params


def _border(rank: Rank, figures: QuerySet[CustomerRollup, Any]) -> _Scalar:
    """Return the last figure that has a place; with ties left out, the first that has none."""
    a, b = rank.limit
    order = "DESC" if rank.operator.is_top else "ASC"
    # Number of figures before the border; where it covers all, every figure has a place.
    outside = LEAST if rank.operator.is_top else GREATEST

    def make(compiler: Any) -> Statement:
        sql, params = statement_of(figures, compiler.connection.alias)
        before, before_params = ("%s", (b if rank.ties_out else b - 1,))
        if rank.measure is Measure.PERCENT:
            fits = f"{b} * COUNT(*) / {a}"
            if not rank.ties_out:
                fits = f"CASE WHEN COUNT(*) = 0 THEN 0 ELSE ({b} * COUNT(*) - 1) / {a} END"
            before = f"(SELECT {fits} FROM ({sql}) AS counted WHERE {KNOWN})"
            before_params = tuple(params)
        return (
            f"COALESCE((SELECT _figure FROM ({sql}) AS figures WHERE {KNOWN}"
            f" ORDER BY _figure {order} LIMIT 1 OFFSET {before}), {outside})"
        ), (*params, *before_params)

    return _Scalar(make)


def _amount(rank: Rank, type_: NumberType, figures: QuerySet[CustomerRollup, Any]) -> _Scalar:
    """Return the average, or the median."""

    def make(compiler: Any) -> Statement:
        sql, params = statement_of(figures, compiler.connection.alias)
        amount: Any = LowerMedian(whole_sql("_figure"))
        if rank.measure is Measure.AVERAGE:
            ratio = UNITS_PER_ONE // type_.scale
            amount = RoundedQuotient(whole_sql(f"_total * {ratio}"), whole_sql("_size"))
            total, its = compiler.compile(WholeSum(whole_sql("_figure")))
            sql = (
                f"SELECT {total} AS _total, COUNT(*) AS _size FROM ({sql}) AS figures WHERE {KNOWN}"
            )
            params = [*its, *params]
        value, its = compiler.compile(amount)
        known = f" WHERE {KNOWN}" if rank.measure is Measure.MEDIAN else ""
        return f"SELECT {value} FROM ({sql}) AS amounts{known}", (*its, *params)

    return _Scalar(make)
