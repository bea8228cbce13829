"""Merges values, periods and numbers of one list into one chunk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from conditions.reading.chunks.chunk import JOINS, Chunk, Quantity
from conditions.reading.chunks.period_lists import alternatives
from conditions.reading.facts.fact import Values


def merge_lists(chunks: Sequence[Chunk]) -> list[Chunk]:
    """Return `chunks` with the values, periods and numbers of each list merged into one chunk."""
    found: list[Chunk] = []
    rest = list(chunks)
    while rest:
        one = rest.pop(0)
        if one.kind == "value":
            one = replace(one, what=Values((one.what[0],), texts=(one.what[1],)))
        if one.kind == "period" and (together := alternatives(one, rest)) is not None:
            one, taken = together
            del rest[:taken]
        while joins := _joins(rest):
            merged = _merge_chunks(one, rest[len(joins)], joins[-1])
            if merged is None:
                break
            one = merged
            del rest[: len(joins) + 1]
        found.append(one)
    return found


def without_strangers(chunks: Sequence[Chunk]) -> tuple[list[Chunk], list[Chunk]]:
    """Return `chunks` without the unknown names in lists of values, and what was taken out.

    In "Berlin, Xyzburg or Bonn with 2 orders" the list is that of the two known cities; the words
    after an unknown name do not begin another alternative.
    """
    found: list[Chunk] = []
    strangers: list[Chunk] = []
    rest = list(chunks)
    while rest:
        joins = _joins(rest) if found and found[-1].kind == "value" else []
        name = rest[len(joins)] if joins else None
        is_name = name is not None and name.kind == "unknown" and name.text[:1].isupper()
        after = rest[len(joins) + 1] if len(joins) + 1 < len(rest) else None
        if after is not None and _are_alike(found[-1:], after):
            # "Shoes or Xyzzy Toys"
            is_name = False
        if name is not None and is_name and joins[-1] in {"or", "comma"}:
            strangers += [one for one in rest[: len(joins)] if one.kind == "or"] + [name]
            del rest[: len(joins) + 1]
        else:
            found.append(rest.pop(0))
    return found, strangers


def _are_alike(before: Sequence[Chunk], after: Chunk) -> bool:
    """Return whether two values may belong to the same attribute."""
    if {one.kind for one in before} != {"value"} or after.kind != "value":
        return False
    codes = ({named.attribute for named in one.what[0]} for one in (*before, after))
    return bool(set.intersection(*codes))


def _joins(rest: Sequence[Chunk]) -> list[str]:
    """Return the joining words of a list that stand next, such as a comma and "or"; [] if none."""
    joins = [one.kind for one in takewhile(lambda one: one.kind in JOINS, rest[:3])]
    is_list = len(joins) == 1 or (len(joins) == 2 and joins[0] == "comma")
    return joins if is_list and len(joins) < len(rest) else []


def _merge_chunks(one: Chunk, other: Chunk, join: str) -> Chunk | None:
    """Return two chunks as one, where lists can have their kinds."""
    if one.kind != other.kind:
        return None
    if one.kind == "value":
        together = Values(
            (*one.what.each, other.what[0]),
            join if one.what.join in {"", "comma"} else one.what.join,
            texts=(*one.what.texts, other.what[1]),
        )
        return replace(one, end=other.end, what=together) if together.attributes else None
    is_list = one.kind == "quantity" and one.what.op in {"", "is_one_of"}
    if is_list and join == "or" and not other.what.op:
        first, second = one.what, other.what
        if first.unit in {"", "worth", second.unit}:
            either = Quantity("is_one_of", (*first.numbers, *second.numbers), second.unit)
            return replace(one, end=other.end, what=either, text=f"{one.text} {other.text}")
    return None


def merge_counts(chunks: Sequence[Chunk]) -> list[Chunk]:
    """Return `chunks` with "at least 3 but at most 5 times" as numbers of the same unit."""
    found = list(chunks)
    for place in range(len(found) - 3, -1, -1):
        one, join, other = found[place : place + 3]
        if (
            one.kind == other.kind == "quantity"
            and join.kind in {"and", "but", "comma", "or"}
            and one.what.op
            and not one.what.unit
        ):
            shared = replace(one.what, unit=other.what.unit, has_shared_unit=True)
            found[place] = replace(one, what=shared)
    return found
