"""Random shares of customers: "half of the VIPs at random", "10% of them, randomly chosen"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from conditions.reading.chunks.chunk import Chunk
from conditions.reading.chunks.meanings import is_share

# Kinds of chunks between a share and the words that make it random: whom it is a share of.
BETWEEN = frozenset({"fill", "value", "comma"})


def with_draws(chunks: Sequence[Chunk]) -> list[Chunk]:
    """Return `chunks` with each share of customers and its random words merged into a draw.

    Random words without a share stay, and so does a share that nothing makes random.
    """
    found = list(chunks)
    for number, chunk in enumerate(chunks):
        if chunk.kind != "random":
            continue
        place = _share_before(found, number)
        if place is None:
            place = _share_after(found, number)
        share = None if place is None else _share(found[place])
        if place is None or share is None:
            continue
        found[place] = replace(found[place], kind="draw", what=share)
        found[number] = replace(chunk, kind="fill", what="")
        if number and found[number - 1].kind == "comma":
            found[number - 1] = replace(found[number - 1], kind="fill", what="")
    return found


def _share_before(chunks: Sequence[Chunk], number: int) -> int | None:
    place = number - 1
    while place >= 0 and chunks[place].kind in BETWEEN:
        place -= 1
    return place if place >= 0 and _share(chunks[place]) is not None else None


def _share_after(chunks: Sequence[Chunk], number: int) -> int | None:
    place = number + 1
    while place < len(chunks) and chunks[place].kind == "fill":
        place += 1
    return place if place < len(chunks) and _share(chunks[place]) is not None else None


def _share(chunk: Chunk) -> Decimal | None:
    """Return the share that a chunk names, in per cent; None where it names none."""
    if chunk.kind == "fraction":
        share: Decimal = chunk.what
        return share
    if chunk.kind != "quantity" or chunk.what.unit != "percent" or chunk.what.op:
        return None
    numbers = chunk.what.numbers
    return numbers[0] if len(numbers) == 1 and is_share(numbers[0]) else None
