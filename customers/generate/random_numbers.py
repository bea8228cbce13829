"""Chance that falls alike on every machine and with every version of Python."""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Draws from one seed.

    Of `random.Random` only the seed's meaning and `random()` are promised never to change; and
    only products of floats are exact everywhere, powers and logarithms are not.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed).random  # noqa: S311 (made-up shops, the same each time)

    def below(self, limit: int) -> int:
        """Return a whole number from 0 to `limit` - 1."""
        return int(self.random() * limit)

    def between(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both included."""
        return low + int(self.random() * (high - low + 1))

    def of(self, things: Sequence[T]) -> T:
        """Return one of `things`."""
        return things[int(self.random() * len(things))]

    def popular(self, things: Sequence[T]) -> T:
        """Return one of `things`, the first ones far more often than the last."""
        chance = self.random()
        return things[int(chance * chance * len(things))]

    def happens(self, percent: float) -> bool:
        """Return true in `percent` of a hundred cases."""
        return self.random() * 100 < percent


def table(*shares: tuple[T, int]) -> tuple[T, ...]:
    """Return a tuple from which `Dice.of` draws each thing as often as its share says."""
    return tuple(thing for thing, share in shares for _ in range(share))
