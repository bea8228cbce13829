"""Choose customers by descending expected value, within a budget. Uses no database."""

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
    """A customer, by internal key, and the value of a contact that certainly works, in units.

    The value is `numerator` / `denominator` (above 0), whole numbers: exact like Fraction, and
    faster.
    """

    key: int
    numerator: int
    denominator: int


@dataclass(frozen=True)
class Terms:
    """The probability that a contact causes a purchase (`uplift`), and its cost, in units."""

    uplift: Fraction
    cost: Fraction

    def value(self, one: Candidate) -> Fraction:
        """Return the expected value of contacting a customer, in units."""
        return self.uplift * Fraction(one.numerator, one.denominator) - self.cost

    def pays(self) -> Callable[[Candidate], bool]:
        """Return a predicate: whether the expected value of a candidate is above 0."""
        gain = self.uplift.numerator * self.cost.denominator
        price = self.cost.numerator * self.uplift.denominator
        return lambda one: gain * one.numerator > price * one.denominator


def place(one: Candidate) -> tuple[int, int]:
    """Return the sort key of a candidate: descending value, then ascending internal key."""
    return -(one.numerator * SCALE // one.denominator), one.key


@dataclass
class Sum:
    """The number of chosen candidates and the exact sum of their values, in any order."""

    count: int = 0
    _numerators: Counter[int] = field(default_factory=Counter)

    def add(self, one: Candidate) -> Candidate:
        """Add a candidate to the sum, and return the candidate."""
        self.count += 1
        self._numerators[one.denominator] += one.numerator
        return one

    def value(self, uplift: Fraction, cost: Fraction) -> Fraction:
        """Return the expected value of contacting all added candidates, in units."""
        parts = (Fraction(top, bottom) for bottom, top in self._numerators.items())
        return uplift * sum(parts, Fraction(0)) - cost * self.count


@dataclass(frozen=True)
class Chosen:
    """The candidates to contact: their sum, and the first ones in the order of `place`."""

    sum: Sum
    first: list[Candidate]


def most_for(budget: Fraction | None, cost: Fraction) -> int | None:
    """Return the number of contacts that a budget pays for; None (no limit) at a cost of 0."""
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
    """Return the `candidates` to contact, at most `most` (None: any number).

    `is_ranked`: candidates come in the order of `place`, and only the first `shown` are kept in
    memory. Otherwise up to `most` candidates are kept in memory, where `most` is given.
    """
    total = Sum()
    chosen = _best_candidates(candidates, terms, most, is_ranked)
    first = heapq.nsmallest(shown, map(total.add, chosen), key=place)
    if not shown:  # `nsmallest` of 0 consumes no candidates.
        for one in chosen:
            total.add(one)
    return Chosen(total, first)


def _best_candidates(
    candidates: Iterable[Candidate], terms: Terms, most: int | None, is_ranked: bool
) -> Iterator[Candidate]:
    pays = terms.pays()
    if is_ranked:
        return islice(takewhile(pays, candidates), most)
    worthwhile = filter(pays, candidates)
    return worthwhile if most is None else iter(heapq.nsmallest(most, worthwhile, key=place))
