"""One budget for several campaigns: each customer gets one campaign at most. No database."""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import takewhile

from predictions.strategies.selection import SCALE, Candidate, Sum, Terms

# The place of an entry: without a cost first, then by falling value per cost, key, campaign.
Place = tuple[int, int, int, int]


@dataclass(frozen=True)
class Entry:
    """A customer in the campaign of this number."""

    campaign: int
    one: Candidate


@dataclass(frozen=True)
class Allocation:
    """What each campaign came to, in their order, and the first customers that were taken."""

    sums: list[Sum]
    first: list[Entry]


def allocate(
    streams: Sequence[Iterable[Candidate]],
    terms: Sequence[Terms | None],
    budget: Fraction | None,
    *,
    shown: int,
) -> Allocation:
    """Return who is taken into which campaign, at `budget` units at most (None: nothing costs).

    `streams` are the candidates of each campaign: by falling value and then key; by key alone where
    it costs nothing. A campaign without terms, whose uplift is unknown, gets no customer. An entry
    that no longer fits is passed over. Of each customer who is taken only the key is kept.
    """
    found = Allocation([Sum() for _one in streams], [])
    left, taken = Fraction(0) if budget is None else budget, set[int]()
    places = [
        _places(number, stream, its)
        for number, (stream, its) in enumerate(zip(streams, terms, strict=True))
        if its is not None
    ]
    least = min((its.cost for its in terms if its is not None and its.cost), default=Fraction(0))
    for (_costs, _value, key, number), one in heapq.merge(*places, key=lambda entry: entry[0]):
        its = terms[number]
        assert its is not None
        if its.cost and left < least:
            break  # Nothing fits any more, and what costs nothing came first.
        if key in taken or its.cost > left:
            continue
        taken.add(key)
        left -= its.cost
        found.sums[number].add(one)
        if len(found.first) < shown:
            found.first.append(Entry(number, one))
    return found


def _places(
    number: int, stream: Iterable[Candidate], its: Terms
) -> Iterator[tuple[Place, Candidate]]:
    """Yield the entries of a campaign with their places; only those that are worth their cost."""
    pays = its.pays()
    if not its.cost:
        # By key alone: who is worth nothing may stand anywhere.
        for one in filter(pays, stream):
            yield (0, 0, one.key, number), one
        return
    ratio = its.uplift / its.cost
    for one in takewhile(pays, stream):
        # The gain per cost orders as the value per cost does, which is one less.
        gain = ratio.numerator * one.numerator * SCALE
        yield (1, -(gain // (ratio.denominator * one.denominator)), one.key, number), one
