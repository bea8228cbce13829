"""Mixes the list of repeated purchases with the list of products new to a customer."""

from collections.abc import Sequence
from math import floor
from typing import Any

AGAIN, DISCOVER = "again", "discover"


def mix(
    again: Sequence[Any], discover: Sequence[Any], share: float, n: int
) -> list[tuple[Any, str]]:
    """Return up to `n` items with their wishes, `share` (0..1) of them from `again`.

    The places are those of `wishes_of_place`; a list that runs dry is filled from the other one.
    """
    rest = {AGAIN: list(reversed(again)), DISCOVER: list(reversed(discover))}
    found: list[tuple[Any, str]] = []
    while len(found) < n:
        wish = next((one for one in wishes_of_place(len(found) + 1, share) if rest[one]), None)
        if wish is None:
            break
        found.append((rest[wish].pop(), wish))
    return found


def wishes_of_place(place: int, share: float) -> tuple[str, str]:
    """Return the wish of a place (from 1), and the one that fills it where the first runs dry.

    The place is of `again` where floor(place share + 0.5) > floor((place - 1) share + 0.5).
    """
    is_again = floor(place * share + 0.5) > floor((place - 1) * share + 0.5)
    return (AGAIN, DISCOVER) if is_again else (DISCOVER, AGAIN)
