"""Phrases with slots, as they are declared: texts to write, and patterns to read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

_PARTS = re.compile(r"%\((\w+)\)s|[\[{]([^|\[\]{}]*)\|([^|\[\]{}]*)[\]}]")


@dataclass(frozen=True)
class Slot:
    """A placeholder in a phrase."""

    name: str


Part = str | Slot


@dataclass(frozen=True)
class Template:
    """A phrase in two forms: `parts` for a sentence about many, `alone` about one of them.

    `has_pronoun`: the phrase itself refers to the customers and needs no "who" before it.
    """

    parts: tuple[Part, ...]
    alone: tuple[Part, ...]
    has_pronoun: bool = False

    def write(self, *, alone: bool = False, **slots: str) -> str:
        """Return the phrase with its slots filled."""
        parts = self.alone if alone else self.parts
        return "".join(slots[one.name] if isinstance(one, Slot) else one for one in parts)

    def fill(self, **slots: str | Template) -> Template:
        """Return the phrase with some slots filled permanently."""
        filled = {
            name: Template((one,), (one,)) if isinstance(one, str) else one
            for name, one in slots.items()
        }
        pronoun = any(one.has_pronoun for one in filled.values())
        return Template(
            _fill_slots(self.parts, {name: one.parts for name, one in filled.items()}),
            _fill_slots(self.alone, {name: one.alone for name, one in filled.items()}),
            self.has_pronoun or (pronoun and isinstance(self.parts[0], Slot)),
        )

    @property
    def beginnings(self) -> set[str]:
        """The words that begin the phrase, and those that follow its slots."""
        texts = [one for one in (*self.parts, *self.alone) if isinstance(one, str)]
        found = [re.match(r"\W*(\w+)", text) for text in texts]
        return {word[1] for word in found if word is not None}

    def closes(self, slot: str) -> bool:
        """Return whether words follow `slot`, so that a list there needs a comma at its end."""
        return any(
            isinstance(one, Slot)
            and one.name == slot
            and isinstance(after, str)
            and after[0] == " "
            for one, after in pairwise(self.parts)
        )


def _fill_slots(parts: tuple[Part, ...], slots: Mapping[str, tuple[Part, ...]]) -> tuple[Part, ...]:
    found: list[Part] = []
    for part in parts:
        new = slots.get(part.name, (part,)) if isinstance(part, Slot) else (part,)
        for one in new:
            if isinstance(one, str) and found and isinstance(found[-1], str):
                found[-1] += one
            elif one != "":
                found.append(one)
    return tuple(found)


@lru_cache(maxsize=8192)
def template(text: str) -> Template:
    """Return the template of `text`, in the language it is written in."""
    parts: list[Part] = []
    alone: list[Part] = []
    position = 0
    for found in _PARTS.finditer(text):
        before = text[position : found.start()]
        position = found.end()
        name, many, one = found.groups()
        slot = Slot(name) if name else None
        parts += [before, slot or many]
        alone += [before, slot or one]
    parts.append(text[position:])
    alone.append(text[position:])
    return Template(_fill_slots(tuple(parts), {}), _join_parts(alone), text.startswith("{"))


def _join_parts(parts: list[Part]) -> tuple[Part, ...]:
    joined = _fill_slots(tuple(parts), {})
    # Words that one form leaves out leave no space behind.
    if joined and isinstance(joined[0], str):
        return _fill_slots((joined[0].lstrip(), *joined[1:]), {})
    return joined
