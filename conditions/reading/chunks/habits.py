"""The meaning of words for the last rows, and for periods with rows: "4 of the last 6 months"."""

from __future__ import annotations

import re

from conditions.language.periods import MOST_PERIODS
from conditions.language.windows import UNITS
from conditions.nodes.row_limit import MOST_ROWS
from conditions.reading.chunks.chunk import Habit
from conditions.reading.chunks.meanings import Meaning, Meant
from conditions.reading.languages.grammar import Grammar

# The numbers of months in the groups of `Grammar.years`.
YEARS = {"half_year": 6, "one_year": 12}


def habit(kind: str, grammar: Grammar) -> Meaning:
    """Return the meaning of words of `Grammar.habits`; none where no condition can express it."""

    def number(match: re.Match[str], name: str) -> int:
        text = match.groupdict().get(name)
        found = grammar.numbers.read(text) if text else None
        return int(found) if found is not None and found == int(found) else 0

    def meaning(match: re.Match[str]) -> Meant:
        count = number(match, "n")
        if kind == "stopped":
            return "stopped", None, 0.7
        if kind == "first":
            return "habit", Habit(kind), 0.7
        if kind == "only_last":
            return "habit", Habit("last", 1), 0.7
        if kind in {"last", "one_of_last", "earliest"}:
            return ("habit", Habit(kind, count), 0.7) if 1 <= count <= MOST_ROWS else None
        if kind == "part_of_last":
            part = Habit(kind, count, op=_comparison(match, grammar), least=number(match, "a"))
            return ("habit", part, 0.7) if 1 <= part.least <= count <= MOST_ROWS else None
        groups = {name for name, text in match.groupdict().items() if text}
        unit = next((one for one in UNITS if one in groups), "")
        if months := next((months for name, months in YEARS.items() if name in groups), 0):
            count, unit = months, "month"
        again = {one.removesuffix("_again") for one in groups if one.endswith("_again")}
        if not unit or again - {unit} or not 1 <= count <= MOST_PERIODS:
            # "every week for 3 months" has no number of weeks.
            return None
        op = _comparison(match, grammar)
        return "habit", Habit(kind, count, unit, op, number(match, "a")), 0.7

    return meaning


def _comparison(match: re.Match[str], grammar: Grammar) -> str:
    """Return the comparison before the number of a habit; empty where no word compares it."""
    groups = match.groupdict()
    return next((one for one in grammar.comparing if groups.get(one)), "")
