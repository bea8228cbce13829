"""Reads the exact sentence of a tree back into the tree."""

from __future__ import annotations

from typing import Any

from conditions.errors import InvalidTree
from conditions.parse import parse_tree
from conditions.phrases.reading.clauses import ClauseReader
from conditions.phrases.scan import GivenUp
from conditions.phrases.template import template
from conditions.phrases.writing import groups

# Longer than any tree's sentence: 5,000 values of up to 1,000 characters are rarely all that long.
LONGEST = 1_000_000


def exact(text: str) -> dict[str, Any] | None:
    """Return the tree whose exact sentence, in the active language, is `text`; None without one.

    The tree is in the normal form (`conditions.phrases.normal`). The work is proportional to the
    text's length; gives up on a text that no tree's sentence could be.
    """
    if len(text) > LONGEST:
        return None
    try:
        found = Sentence(text).trees()
    except GivenUp:
        return None
    return found[0] if len(found) == 1 and _is_valid(found[0]) else None


def _is_valid(tree: dict[str, Any]) -> bool:
    try:
        parse_tree(tree, stored=True)
    except InvalidTree:
        return False
    return True


class Sentence(ClauseReader):
    """A whole sentence."""

    def trees(self) -> list[dict[str, Any]]:
        """Return all trees that the sentence may mean."""
        for match, words in groups.NOTHING.items():
            if self.text == str(words):
                return [{"match": match, "conditions": []}]
        found: list[dict[str, Any]] = []
        slots = {"clauses": lambda at, _bound: self.root_at(at)}
        for bound in self._in_full(str(groups.CUSTOMERS), slots):
            match, nodes = bound["clauses"]
            found.append({"match": match, "conditions": nodes})
        slots = {
            "lead": lambda at, _bound: self.leads_at(at),
            "clauses": lambda at, _bound: self.all_at(None, at),
        }
        for words in (groups.CUSTOMERS_LED, groups.CUSTOMERS_LED_WHO):
            for bound in self._in_full(str(words), slots):
                nodes = [bound["lead"], *bound.get("clauses", [])]
                found.append({"match": "all", "conditions": nodes})
        return [one for number, one in enumerate(found) if one not in found[:number]]

    def _in_full(self, words: str, slots: Any) -> list[dict[str, Any]]:
        parts = template(words).parts
        last = parts[-1]
        if isinstance(last, str) and not self.text.endswith(last):
            # Typed texts usually have no full stop: no other reading has to be tried.
            return []
        matches = self.scan.match(parts, 0, slots)
        return [bound for bound, end in matches if end == len(self.text)]
