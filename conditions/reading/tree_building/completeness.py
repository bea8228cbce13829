"""Checks that a tree uses every number, date and name that was read in its sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from conditions import registry
from conditions.reading.chunks.chunk import Chunk, Habit, Length, Period, Quantity
from conditions.reading.chunks.meanings import DAY_BY_NAME
from conditions.reading.facts.fact import Values
from conditions.reading.nodes import Node
from conditions.reading.vocabulary.names import Named

# Numbers that words such as "a", "one" or "no" stand for: a tree may state them by its form.
BY_FORM = frozenset({Decimal(0), Decimal(1)})
HUNDRED = Decimal(100)


def without_losses(
    nodes: Sequence[Node], chunks: Sequence[Chunk], unread: Sequence[Chunk]
) -> tuple[list[Node], list[Chunk]]:
    """Return the `nodes` that use all `chunks` but the `unread`, and the chunks that no node uses.

    Where a part of the reader drops a number, a date or a name, the sentence is unclear, not wrong.
    """
    starts = {one.start for one in unread}
    # The value after "no longer" is not that of today.
    is_past = any(one.kind == "no_longer" for one in chunks)
    read = [
        one
        for one in chunks
        if one.start not in starts and not (is_past and isinstance(one.what, Values))
    ]
    losses = [(node, _lost_in(node, read)) for node in nodes]
    kept = [node for node, lost in losses if not lost]
    return kept, ([] if kept or not nodes else losses[0][1])


def _lost_in(node: Node, chunks: Sequence[Chunk]) -> list[Chunk]:
    """Return the chunks whose number, date or name is nowhere in `node`."""
    literals = set(_literals(node))
    return [one for one in chunks if not _is_used(one, literals)]


def _is_used(chunk: Chunk, literals: set[Any]) -> bool:
    what = chunk.what
    if isinstance(what, Quantity):
        return all(_has_number(one, literals) for one in what.numbers)
    if isinstance(what, Length):
        # "at least 30 days ago" is more than 29.
        return _has_number(Decimal(what.number), literals) or what.number - 1 in literals
    if isinstance(what, Habit):
        return what.count in BY_FORM or what.count in literals
    if isinstance(what, Period):
        return any(_is_time_used(*choice, literals) for choice in what.choices)
    if isinstance(what, Values) and not (what.ways or what.may_be_all):
        return all(any(_is_value_used(named, literals) for named in one) for one in what.each)
    return True


def _has_number(number: Decimal, literals: set[Any]) -> bool:
    return number in BY_FORM or number in literals or number / HUNDRED in literals


def _is_time_used(operator: str, value: Any, literals: set[Any]) -> bool:
    if operator in {"all", "any"}:
        times = (Chunk(0, 0, "", one) for one in value)
        return all(_is_used(one, literals) for one in times)
    if operator == "in_period" and value in DAY_BY_NAME:
        # A birthday is a number of days from today.
        return True
    if operator == "in_last_days" and Decimal(value - 1) in literals:
        # A cart that lies since yesterday was last changed more than 0 days ago.
        return True
    return literals.issuperset([value] if isinstance(value, str) else _literals(value))


def _is_value_used(named: Named, literals: set[Any]) -> bool:
    value = named.value
    if isinstance(value, str):
        return not literals.isdisjoint(_literals(value)) or _is_brought(named, literals)
    return isinstance(value, bool) or literals.issuperset(_literals(value))


def _is_brought(named: Named, literals: set[Any]) -> bool:
    """Return whether a date in the tree brings the value: "unsubscribed by the campaign"."""
    codes = (one for one in literals if isinstance(one, str))
    found = filter(None, map(registry.find_attribute, codes))
    return any(one.brings == (named.attribute, named.value) for one in found)


def _literals(value: Any) -> Iterator[Any]:
    """Yield the numbers and texts in `value`, numbers as decimals."""
    if isinstance(value, dict):
        for one in value.values():
            yield from _literals(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _literals(one)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield Decimal(value)
    elif isinstance(value, str):
        yield value
        if value.replace(".", "", 1).isdecimal():
            yield Decimal(value)
