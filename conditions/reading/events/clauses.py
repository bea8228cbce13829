"""The clauses of an order of events, and the words in them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

APOSTROPHES = str.maketrans("’`´", "'''")


@dataclass
class Clause:
    """An event as typed (`text`), and the words about it: its time, and whether it is absent."""

    text: str
    gap: dict[str, int] = field(default_factory=dict)
    is_absent: bool = False
    is_after: bool = False
    is_same: bool = False
    # A pronoun names the product: that of the event before; it has no other conditions.
    is_pronoun: bool = False
    # The words that deny it deny rows, perhaps only those of a period.
    is_none: bool = False
    # The event happens once more ("ordered again"), so a time in the clause is the time since then.
    is_again: bool = False
    # The clause names its event, and takes no words from the clause before.
    gives_words: bool = False
    # Conditions on the customer may stand in it: in the first clause, as a rule.
    may_describe: bool = False

    @property
    def follows(self) -> bool:
        """Return whether the clause itself states that its event follows another one."""
        is_late = self.is_absent and not self.is_none
        is_timed = self.is_again and self.is_absent
        is_timed |= bool(self.gap) and (is_late or self.is_again)
        return self.is_after or self.is_same or is_timed or "after_days" in self.gap

    @property
    def begins(self) -> bool:
        """Return whether the clause does not refer to an event before it."""
        return not (self.gap or self.is_absent or self.is_after or self.is_same)


@cache
def whole_words(pattern: str) -> re.Pattern[str]:
    """Return `pattern` compiled for whole words."""
    return re.compile(rf"(?<![\w'])(?:{pattern})(?:(?!\w)|(?<='))")


def folded(text: str) -> str:
    """Return `text` without accents and capitals, letter by letter."""
    return "".join(
        unicodedata.normalize("NFD", one)[0].lower()[:1] for one in text.translate(APOSTROPHES)
    ).replace("ß", "s")


def matches_in(pattern: str, text: str) -> Iterator[re.Match[str]]:
    """Return the matches of `pattern` in `text` without accents and capitals."""
    return re.finditer(pattern, folded(text))
