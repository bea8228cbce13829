"""Judges a rank for one customer: the database counts the others, Python does the rest.

The figure of a customer with a given cart is compared with the stored figures of all others.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from conditions.attribute import Attribute
from conditions.evaluator.facts import Facts
from conditions.evaluator.verdict import as_json
from conditions.language.operators.ranks import Measure
from conditions.language.types import NumberType
from conditions.ranking.compared import Compared, compared_with
from conditions.ranking.rank import PARTS, Rank
from conditions.sql.place import Context
from conditions.sql.scope import EVERYBODY, context_at

_COMPARE: Mapping[str, Any] = {">": operator.gt, "<": operator.lt}


@dataclass(frozen=True)
class Standing:
    """The standing of a customer: the own figure, and the counts of the population.

    `figure` is the value of the attribute, `unit` the same value in whole units; both None where it
    is missing. `size` counts the population, including the customer if they belong to it (`is_in`).
    `beyond` counts better figures, `upto` figures at least as good, including the customer's.
    `amount` is the average or the median, in units of `Rank.scale_of_amount`; None if the
    population is empty.
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
        """Return whether the positive operator holds."""
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
        """The values that an explanation shows."""
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
    """Return the standing of the customer of `facts`, computed once."""
    key = (Standing, rank, figure, facts.population)
    return facts.once(key, lambda: _standing_of(rank, figure, facts, is_shown=True))


def has_place(rank: Rank, figure: Attribute, facts: Facts) -> bool:
    """Return whether the positive operator holds, with no more counting than that needs."""
    key = (has_place, rank, figure, facts.population)
    return facts.once(key, lambda: _standing_of(rank, figure, facts, is_shown=False).holds)


def _standing_of(rank: Rank, figure: Attribute, facts: Facts, *, is_shown: bool) -> Standing:
    customer = facts.customer
    own = next(iter(facts.read(figure, customer)), None)
    is_in = own is not None and rank.among.includes(facts)
    unit: Any = own
    if own is not None and isinstance(figure.type, NumberType):
        unit = int(own * figure.type.scale)
    others = _other_figures(rank, figure, facts)
    if rank.measure is Measure.NUMBER and not is_shown:
        before = others.before(unit) if is_in else 0
        return Standing(
            rank, figure.type, own, unit, is_in, size=0, beyond=before, upto=before + is_in
        )
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
    size, amount = others.amount(unit if is_in else None)
    return Standing(rank, figure.type, own, unit, is_in, size=size, amount=amount)


def _other_figures(rank: Rank, figure: Attribute, facts: Facts) -> Compared:
    """Return the figures of the population without the customer, in the customer's part."""
    scope = facts.population or EVERYBODY
    as_of = facts.clock.as_of
    asking: Context = facts.store.once((Context, scope, as_of), lambda: context_at(as_of, scope))
    part = (getattr(facts.customer, PARTS[rank.per]) or 0) if rank.per else 0
    return compared_with(rank, figure, asking, without=facts.customer.pk, part=part)
