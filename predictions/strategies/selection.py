"""Chosen customers: by falling expected value, as many as the budget pays for. No database."""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice, takewhile
from typing import NamedTuple

# Two different quotients whose denominators are below 10^30 are further apart than 1 / SCALE.
SCALE = 10**60


class Candidate(NamedTuple):
    """A customer, by the internal key, and what a contact that works for sure is worth, in units.

    That is `numerator` / `denominator` (above 0), whole numbers: exact, and faster than fractions.
    """

    key: int
    numerator: int
    denominator: int


@dataclass(frozen=True)
class Terms:
    """How likely a contact works because of it (`uplift`), and what it costs, in units."""

    uplift: Fraction
    cost: Fraction

    def value(self, one: Candidate) -> Fraction:
        """Return the expected value of contacting a customer, in units."""
        return self.uplift * Fraction(one.numerator, one.denominator) - self.cost

    def pays(self) -> Callable[[Candidate], bool]:
        """Return what tells whether the expected value of a candidate is above 0."""
        gain = self.uplift.numerator * self.cost.denominator
        price = self.cost.numerator * self.uplift.denominator
        return lambda one: gain * one.numerator > price * one.denominator


def place(one: Candidate) -> tuple[int, int]:
    """Return where a candidate stands: the greatest value first, of equals the smaller key."""
    return -(one.numerator * SCALE // one.denominator), one.key


@dataclass
class Sum:
    """How many were chosen, and what they are worth together: exact, whatever the order."""

    count: int = 0
    _numerators: Counter[int] = field(default_factory=Counter)

    def add(self, one: Candidate) -> Candidate:
        """Count a candidate in, and return it."""
        self.count += 1
        self._numerators[one.denominator] += one.numerator
        return one

    def value(self, uplift: Fraction, cost: Fraction) -> Fraction:
        """Return the expected value of contacting all of them, in units."""
        parts = (Fraction(top, bottom) for bottom, top in self._numerators.items())
        return uplift * sum(parts, Fraction(0)) - cost * self.count


@dataclass(frozen=True)
class Chosen:
    """Who is contacted: all together, and the first of them."""

    sum: Sum
    first: list[Candidate]


def most_for(budget: Fraction | None, cost: Fraction) -> int | None:
    """Return how many contacts a budget pays for; None: as many as there are, at no cost."""
    if not cost:
        return None
    return 0 if budget is None else int(budget // cost)


def choose(
    candidates: Iterable[Candidate],
    terms: Terms,
    *,
    most: int | None,
    shown: int,
    is_ranked: bool,
) -> Chosen:
    """Return those of `candidates` to contact, `most` at most (None: any number).

    `is_ranked`: they come as `place` has them, and nobody is kept but the first `shown`. Otherwise
    as many are kept as may be chosen, where that is limited.
    """
    total = Sum()
    chosen = _best(candidates, terms, most, is_ranked)
    first = heapq.nsmallest(shown, map(total.add, chosen), key=place)
    if not shown:  # Nobody was looked at then.
        for one in chosen:
            total.add(one)
    return Chosen(total, first)


def _best(
    candidates: Iterable[Candidate], terms: Terms, most: int | None, is_ranked: bool
) -> Iterator[Candidate]:
    pays = terms.pays()
    if is_ranked:
        return islice(takewhile(pays, candidates), most)
    worthwhile = filter(pays, candidates)
    return worthwhile if most is None else iter(heapq.nsmallest(most, worthwhile, key=place))
