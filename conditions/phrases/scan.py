"""Matches a text against templates: every way in which it fits, with a limit on the work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from conditions.phrases.template import Part

# The value that was read, and where it ends; all possible readings.
Found = list[tuple[Any, int]]
Bound = Mapping[str, Any]
Reading = Callable[[int, Bound], Found]

# Our own sentences take fewer steps: this number, and so many more for each character.
STEPS = 15_000
STEPS_PER_CHARACTER = 25
# Trees are at most ten levels deep.
DEEPEST = 16


class GivenUp(Exception):
    """Reading took more steps than any sentence of ours does."""


class Scan:
    """A text, and the readings of it that are known so far."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.steps = 0
        self._allowed = STEPS + STEPS_PER_CHARACTER * len(text)
        self._depth = 0
        self._known: dict[Any, Found] = {}

    def step(self, number: int = 1) -> None:
        """Count steps; raises GivenUp where they are too many."""
        self.steps += number
        if self.steps > self._allowed:
            raise GivenUp

    def once(self, key: Any, read: Callable[[], Found]) -> Found:
        """Return the result of `read`, which is called once for each key."""
        if key not in self._known:
            self._known[key] = []  # what begins with itself is none
            self._known[key] = read()
        return self._known[key]

    def deeper(self, read: Callable[[], Found]) -> Found:
        """Return what `read` gives one level deeper; raises GivenUp below `DEEPEST` levels."""
        if self._depth >= DEEPEST:
            raise GivenUp
        self._depth += 1
        try:
            return read()
        finally:
            self._depth -= 1

    def begins(self, part: str, position: int) -> bool:
        """Return whether the text continues with `part` at `position`."""
        return self.text.startswith(part, position)

    def match(
        self, parts: Iterable[Part], position: int, slots: Mapping[str, Reading]
    ) -> list[tuple[dict[str, Any], int]]:
        """Return the values of a template's slots, and where it ends; all readings."""
        self.step()
        states: list[tuple[dict[str, Any], int]] = [({}, position)]
        for part in parts:
            if isinstance(part, str):
                states = [(bound, at + len(part)) for bound, at in states if self.begins(part, at)]
            else:
                states = [
                    ({**bound, part.name: value}, end)
                    for bound, at in states
                    for value, end in slots[part.name](at, bound)
                ]
            if not states:
                break
        return states
