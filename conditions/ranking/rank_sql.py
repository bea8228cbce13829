"""The customers who have a rank's place in a population, or exceed its amount, as SQL.

A query reads all figures of the population once, for any number of customers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import BigIntegerField, Exists, Expression, OuterRef, Q

from conditions.attribute import Attribute
from conditions.language.operators.ranks import Measure
from conditions.language.types import NumberType
from conditions.ranking.borders import border_of_amount, border_truth, has_border
from conditions.ranking.figures import (
    KNOWN,
    figures_of,
    is_zero_without_rows,
    members_of,
    whole_sql,
)
from conditions.ranking.rank import Rank
from conditions.ranking.with_clauses import (
    before_rank,
    is_within_rank,
    set_aside,
    set_aside_once,
    with_before,
)
from conditions.sql.expressions import (
    Compared,
    ComparedTimes,
    LowerMedian,
    RoundedQuotient,
    WholeSum,
)
from conditions.sql.place import Context, Place
from conditions.sql.portable import is_portable
from conditions.sql.statement import Statement
from conditions.sql.truth import Truth, existing
from core.database.fields import UNITS_PER_ONE
from customers.models import Customer


def rank_truth(rank: Rank, figure: Attribute, place: Place, context: Context) -> Truth:
    """Return that the positive `rank` holds of the figure of the customer at `place`.

    Of customers outside the scope of the tree it may say anything: callers ask for the scope beside
    it, as `Group.in_scope` does.
    """
    of_population = rank.among.context_of(context)
    if has_border(rank, figure, of_population):
        return border_truth(rank, figure, place, context, of_population)
    # A rank that is reached in several ways, through segments that others name, is compiled once.
    key = (_Ids, rank, figure, context.population, place.only)
    if key not in context.looked_up:
        context.looked_up[key] = _ids(rank, figure, place, context, of_population)
    ids = context.looked_up[key]
    if not place.disjunctive:
        return RankTruth(Q(pk__in=ids), certain=True, ids=ids)
    # Under "any" PostgreSQL runs such a sub-select for each row, unless it stands in an EXISTS.
    return existing(Exists(place.model._default_manager.filter(pk__in=ids, pk=OuterRef("pk"))))


def join_ranks(truths: Sequence[Truth]) -> list[Truth]:
    """Return `truths`, which all have to hold, with those of ranks as one.

    Figures that several ranks compare are then computed once.
    """
    ranks = [truth for truth in truths if isinstance(truth, RankTruth)]
    if len(ranks) < 2:
        return list(truths)

    def in_all(compiler: Any) -> Statement:
        each = [rank.ids.make(compiler) for rank in ranks]
        sql = " INTERSECT ".join(f"SELECT _id FROM ({one}) AS ranked" for one, _its in each)
        return sql, [param for _one, its in each for param in its]

    others = [truth for truth in truths if not isinstance(truth, RankTruth)]
    return [*others, Truth(Q(pk__in=_Ids(in_all)), certain=True)]


def _ids(
    rank: Rank, figure: Attribute, place: Place, context: Context, of_population: Context
) -> _Ids:
    population = Customer.objects.filter(rank.among.truth(of_population).q)
    asked = Customer.objects.all()
    if place.only is not None:
        asked = asked.filter(pk__in=place.only)
    elif rank.among.is_scope and context.population is not None:
        # Nobody outside the scope is asked about, and the figures of all are computed once.
        asked = population

    def of_places(compiler: Any) -> Statement:
        using = compiler.connection.alias
        # No 0 is among the top: those without rows are counted, and not sorted with the others.
        zeros = not (rank.operator.is_top and is_zero_without_rows(figure))
        figures = figures_of(population, figure, rank, of_population, using, zeros=zeros)
        return _in_place(
            rank, figure, figures, None if zeros else members_of(population, rank, using)
        )

    def of_amounts(compiler: Any) -> Statement:
        using = compiler.connection.alias
        own = figures_of(asked, figure, rank, context, using)
        others = figures_of(population, figure, rank, of_population, using)
        return _beyond_amount(rank, figure, own, others, compiler)

    return _Ids(of_places if rank.operator.is_place else of_amounts)


@dataclass(frozen=True)
class RankTruth(Truth):
    """The truth that a customer is one of those that a rank finds (`ids`)."""

    ids: _Ids = field(kw_only=True)


class _Ids(Expression):
    """A sub-select of customers' ids; it is made when the database is known."""

    output_field = BigIntegerField()

    def __init__(self, make: Callable[[Any], Statement]) -> None:
        self.make = make
        super().__init__()

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        if is_within_rank():
            return f"(SELECT _id FROM {set_aside_once(self.make, compiler)})", ()
        with before_rank() as before:
            statement = self.make(compiler)
        sql, params = with_before(before, statement)
        return f"({sql})", params


def _in_place(
    rank: Rank, figure: Attribute, figures: Statement, members: Statement | None
) -> Statement:
    """Return the ids of those who have a place.

    `members`: what `members_of` returns of the population, where the `figures` lack those of
    customers without rows, who have 0.
    """
    rows, params = set_aside(figures)
    order = "DESC" if rank.operator.is_top else "ASC"
    in_order = f"OVER (PARTITION BY _part ORDER BY _figure {order})"
    # The number of better figures, or with ties left out of figures at least as good.
    place = f"COUNT(*) {in_order}" if rank.ties_out else f"RANK() {in_order} - 1"
    found = (
        f"SELECT _id, _part, _figure, {place} AS _place,"
        f" COUNT(*) OVER (PARTITION BY _part) AS _size FROM {rows} AS figures WHERE {KNOWN}"
    )
    before, size, parts = "_place", "_size", ""
    its: Sequence[Any] = ()
    if members is not None:
        everybody, its = members
        parts = (
            f" JOIN (SELECT _part AS _whose, COUNT(*) AS _all FROM {everybody} AS members"
            " GROUP BY _part) AS parts ON _whose = _part"
        )
        before, size = "(_place + CASE WHEN _figure < 0 THEN _all - _size ELSE 0 END)", "_all"
    a, b = rank.limit
    most = f"%s * {size}" if rank.measure is Measure.PERCENT else "%s"
    sign = "<=" if rank.ties_out else "<"
    zero = " AND _figure <> 0" if rank.is_zero_left_out(figure.type) else ""
    return (
        f"SELECT _id FROM ({found}) AS places{parts} WHERE %s * {before} {sign} {most}{zero}"
    ), (*params, *its, a, b)


def _beyond_amount(
    rank: Rank, figure: Attribute, own: Statement, others: Statement, compiler: Any
) -> Statement:
    assert isinstance(figure.type, NumberType)
    own_rows, own_params = set_aside(own)
    rows, params = set_aside(others)
    own_figure = whole_sql("own._figure")
    compared: Any
    if compiler.connection.vendor == "postgresql" and not is_portable():
        border, its = border_of_amount(rank, figure, compiler)
        amounts = f"{border} AS _border"
        compared = Compared(own_figure, whole_sql("_border"), sign=rank.sign)
    else:
        median = rank.measure is Measure.MEDIAN
        inner = LowerMedian(whole_sql("_figure")) if median else WholeSum(whole_sql("_figure"))
        whole, its = compiler.compile(inner)
        amounts = f"{whole} AS _whole, COUNT(*) AS _size"
        amount: Any = whole_sql("_whole")
        if not median:
            ratio = UNITS_PER_ONE // figure.type.scale
            amount = RoundedQuotient(whole_sql(f"_whole * {ratio}"), whole_sql("_size"))
        a, b = rank.factors(figure.type)
        compared = ComparedTimes(own_figure, amount, sign=rank.sign, a=a, b=b)
    test, test_params = compiler.compile(compared)
    of_parts = f"SELECT _part, {amounts} FROM {rows} AS figures WHERE {KNOWN} GROUP BY _part"
    return (
        f"SELECT own._id FROM {own_rows} AS own JOIN ({of_parts}) AS others"
        f" ON others._part = own._part WHERE {test}"
    ), (*own_params, *its, *params, *test_params)
