"""What differs between two definitions of a segment, in the words a merchant reads."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.utils.translation import gettext as _

from conditions.errors import InvalidTree
from conditions.nodes.tree import Group, Node
from conditions.parse import parse_tree
from conditions.phrases.groups import MATCH_WORDS
from segments.models import AppliesTo
from segments.rules.definition import Definition


@dataclass(frozen=True)
class Difference:
    """A line that is gone or new; `depth` says how deep a condition stands in groups."""

    is_new: bool
    words: str
    depth: int = 0


def differences(before: Definition, after: Definition) -> list[Difference]:
    """Return what `after` says and `before` does not, and the other way round, in reading order.

    A changed line is one that is gone and one that is new. Definitions that say the same in another
    form of JSON do not differ.
    """
    return [*_of_fields(before, after), *_of_conditions(before, after)]


def _of_fields(before: Definition, after: Definition) -> Iterator[Difference]:
    for old, new in zip(_fields(before), _fields(after), strict=True):
        if old != new:
            yield Difference(False, old)
            yield Difference(True, new)


def _fields(definition: Definition) -> list[str]:
    values = [
        (_("Name"), definition.name),
        (_("Description"), definition.description),
        (_("Applies to"), str(AppliesTo(definition.applies_to).label)),
        (_("Websites"), ", ".join(definition.websites) or _("all")),
        (_("Customer groups"), ", ".join(definition.customer_groups) or _("all")),
    ]
    return [
        _("%(field)s: %(value)s") % {"field": field, "value": value or "–"}
        for field, value in values
    ]


def _of_conditions(before: Definition, after: Definition) -> Iterator[Difference]:
    old, new = outline(before.conditions), outline(after.conditions)
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            yield from (Difference(False, words, depth) for depth, words in old[i:j])
            yield from (Difference(True, words, depth) for depth, words in new[k:m])


def outline(tree: Any) -> list[tuple[int, str]]:
    """Return a line for each group and condition of a stored `tree`: its depth, and its words.

    Of a tree that is no longer valid, the problems.
    """
    try:
        return list(_lines(parse_tree(tree, stored=True), 0))
    except InvalidTree as error:
        return [(0, str(problem)) for problem in error.problems]


def _lines(node: Node, depth: int) -> Iterator[tuple[int, str]]:
    if not isinstance(node, Group):
        yield depth, node.words()
        return
    yield depth, group_words(node)
    for child in node.conditions:
        yield from _lines(child, depth + 1)


def group_words(group: Group) -> str:
    """Return what a group says of its conditions, as the head of their list."""
    if not group.conditions:
        return group.words()
    word, meaning = MATCH_WORDS[group.match]
    return _("%(match)s of these: %(meaning)s") % {
        "match": str(word).capitalize(),
        "meaning": meaning,
    }
