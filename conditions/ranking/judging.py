"""A rank judged for one customer: the database counts the others, Python does the rest.

So a figure with a given cart is compared with the stored figures of all others.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections

from conditions.attribute import Attribute
from conditions.evaluator.facts import Facts
from conditions.evaluator.verdict import as_json
from conditions.language.operators.ranks import Measure
from conditions.language.types import NumberType
from conditions.ranking.figures import KNOWN, figures_of
from conditions.ranking.rank import PARTS, Rank
from conditions.sql.place import Context
from conditions.sql.ranges import adapted
from conditions.sql.scope import EVERYBODY, context_at
from conditions.sql.statement import Statement
from core.database.fields import UNITS_PER_ONE, quotient
from customers.models import Customer

_COMPARE: Mapping[str, Any] = {">": operator.gt, "<": operator.lt}


@dataclass(frozen=True)
class Standing:
    """Where a customer stands: the own figure, and what of the population counts.

    `figure` is as an attribute is read, `unit` the same in whole units; both None where it is
    missing. `size` counts the population, the customer included where they belong to it (`is_in`).
    `beyond` have a better figure, `upto` one at least as good, the customer included. `amount` is
    the average or the median, in units of `Rank.scale_of_amount`; None of nobody.
    """

    rank: Rank
    type: Any
    figure: Any
    unit: Any
    is_in: bool
    size: int
    beyond: int = 0
    upto: int = 0
    amount: int | None = None

    @property
    def holds(self) -> bool:
        """Whether the positive operator holds."""
        rank = self.rank
        if self.figure is None:
            return False
        if not rank.operator.is_place:
            if self.amount is None:
                return False
            a, b = rank.factors(self.type)
            found: bool = _COMPARE[rank.sign](self.unit * a, self.amount * b)
            return found
        if not self.is_in or (self.figure == 0 and rank.is_zero_left_out(self.type)):
            return False
        a, b = rank.limit
        most = b if rank.measure is Measure.NUMBER else b * self.size
        return a * self.upto <= most if rank.ties_out else a * self.beyond < most

    @property
    def actual(self) -> dict[str, Any]:
        """What an explanation shows."""
        shown = None if self.figure is None else as_json((self.figure,))
        if self.rank.operator.is_place:
            return {
                "figure": shown,
                "rank": 1 + self.beyond if self.is_in else None,
                "of": self.size,
            }
        amount = None
        if self.amount is not None:
            scale = self.rank.scale_of_amount(self.type)
            amount = as_json((Decimal(self.amount) / scale,))
        return {"figure": shown, self.rank.measure.value: amount}


def standing_of(rank: Rank, figure: Attribute, facts: Facts) -> Standing:
    """Return where the customer of `facts` stands, looked up once."""
    key = (Standing, rank, figure, facts.population)
    return facts.once(key, lambda: _standing_of(rank, figure, facts))


def _standing_of(rank: Rank, figure: Attribute, facts: Facts) -> Standing:
    customer = facts.customer
    own = next(iter(facts.read(figure, customer)), None)
    is_in = own is not None and rank.among.includes(facts)
    unit: Any = own
    if own is not None and isinstance(figure.type, NumberType):
        unit = int(own * figure.type.scale)
    others = _Others(rank, figure, facts)
    if rank.operator.is_place:
        size, beyond, same = others.counted(unit)
        return Standing(
            rank,
            figure.type,
            own,
            unit,
            is_in,
            size=size + is_in,
            beyond=beyond,
            upto=beyond + same + is_in,
        )
    assert isinstance(figure.type, NumberType)
    size, total = others.added_up()
    n = size + is_in
    amount = None
    if n and rank.measure is Measure.AVERAGE:
        whole = total + (unit if is_in else 0)
        amount = quotient(whole * (UNITS_PER_ONE // figure.type.scale), n)
    elif n:
        amount = others.median(size, unit if is_in else None)
    return Standing(rank, figure.type, own, unit, is_in, size=n, amount=amount)


class _Others:
    """The figures of the population without the customer, in the customer's own part."""

    def __init__(self, rank: Rank, figure: Attribute, facts: Facts) -> None:
        scope = facts.population or EVERYBODY
        as_of = facts.clock.as_of
        asking: Context = facts.store.once(
            (Context, scope, as_of), lambda: context_at(as_of, scope)
        )
        context = rank.among.context_of(asking)
        population = Customer.objects.filter(rank.among.truth(context).q)
        others = population.exclude(pk=facts.customer.pk) if facts.customer.pk else population
        self._connection = connections[others.db]
        self._part = (getattr(facts.customer, PARTS[rank.per]) or 0) if rank.per else 0
        self._is_top = rank.operator.is_top
        self._figures: Statement | None
        try:
            self._figures = figures_of(others, figure, rank, context, others.db)
        except EmptyResultSet:
            self._figures = None

    def counted(self, unit: Any) -> tuple[int, int, int]:
        """Return how many there are, how many have a better figure, and how many the same."""
        if unit is None:
            ((size,),) = self._asked("COUNT(*)") or [(0,)]
            return size, 0, 0
        better = f"_figure {'>' if self._is_top else '<'} %s"
        columns = f"COUNT(*), COUNT(CASE WHEN {better} THEN 1 END)"
        bound = unit if isinstance(unit, int) else adapted(unit, self._connection)
        rows = self._asked(f"{columns}, COUNT(CASE WHEN _figure = %s THEN 1 END)", bound, bound)
        (found,) = rows or [(0, 0, 0)]
        return found[0], found[1], found[2]

    def added_up(self) -> tuple[int, int]:
        """Return how many there are, and the sum of their figures in whole units."""
        ((size, total),) = self._asked("COUNT(*), COALESCE(SUM(_figure), 0)") or [(0, 0)]
        return size, int(total)

    def median(self, size: int, own: int | None) -> int:
        """Return the median of these `size` figures, and of one's `own` with them."""
        number = (size + (own is not None) + 1) // 2
        if own is None:
            return self._number(number, 1)[0]
        around = self._number(max(number - 1, 1), 2 if number > 1 else 1)
        return sorted([*around, own])[min(number, 2) - 1]

    def _number(self, first: int, count: int) -> list[int]:
        """Return `count` figures in rising order from number `first` on, as far as there are."""
        order = " ORDER BY _figure LIMIT %s OFFSET %s"
        return [value for (value,) in self._asked("_figure", after=order, more=(count, first - 1))]

    def _asked(
        self, columns: str, *bounds: Any, after: str = "", more: tuple[int, ...] = ()
    ) -> list[Any]:
        if self._figures is None:
            return []
        sql, params = self._figures
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {columns} FROM ({sql}) AS figures WHERE _part = %s AND {KNOWN}{after}",
                [*bounds, *params, self._part, *more],
            )
            return list(cursor.fetchall())
