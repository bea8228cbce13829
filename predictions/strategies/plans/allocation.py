"""One budget for several campaigns: each customer gets one campaign at most. No database."""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import takewhile

from predictions.strategies.selection import SCALE, Candidate, Sum, Terms

# The sort key of an entry: free contacts first, then descending value per cost, key, campaign.
Place = tuple[int, int, int, int]


@dataclass(frozen=True)
class Entry:
    """A customer assigned to the campaign with this index."""

    campaign: int
    one: Candidate


@dataclass(frozen=True)
class Allocation:
    """The sum of each campaign, in the order of campaigns, and the first customers chosen."""

    sums: list[Sum]
    first: list[Entry]


def allocate(
    streams: Sequence[Iterable[Candidate]],
    terms: Sequence[Terms | None],
    budget: Fraction | None,
    *,
    shown: int,
) -> Allocation:
    """Assign customers to campaigns within `budget` units (None: all contacts are free).

    `streams` are the candidates of each campaign, by descending value and then key, or only by key
    where a contact is free. A campaign without terms, whose uplift is unknown, gets no customers. A
    customer whose contact exceeds the remaining budget is skipped. Only the keys of chosen
    customers are kept in memory.
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
            break  # No paid contact fits any more, and free contacts came first.
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
    """Yield the candidates of a campaign whose value exceeds the cost, with their sort keys."""
    pays = its.pays()
    if not its.cost:
        # The stream is ordered by key, so that candidates without value may be anywhere in it.
        for one in filter(pays, stream):
            yield (0, 0, one.key, number), one
        return
    ratio = its.uplift / its.cost
    for one in takewhile(pays, stream):
        # Gain per cost has the same order as value per cost, which is 1 less.
        gain = ratio.numerator * one.numerator * SCALE
        yield (1, -(gain // (ratio.denominator * one.denominator)), one.key, number), one
