"""The differences between two definitions of a segment, in words."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.utils.translation import gettext as _

from conditions.errors import InvalidTree
from conditions.nodes.tree import Group, Node
from conditions.parse import parse_tree
from conditions.phrases.writing.groups import MATCH_WORDS
from segments.models import AppliesTo
from segments.rules.definition import Definition


@dataclass(frozen=True)
class Difference:
    """A removed or new line; `depth` is the depth of a condition in groups."""

    is_new: bool
    words: str
    depth: int = 0


def differences(before: Definition, after: Definition) -> list[Difference]:
    """Return the lines that only `before` or only `after` has, in reading order.

    A changed line appears as a removed and a new one. Different JSON with the same meaning makes no
    difference.
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


def outline(tree: Any, parse: Callable[..., Group] = parse_tree) -> list[tuple[int, str]]:
    """Return a line for each group and condition of a stored `tree`: its depth and its words.

    For a tree that `parse` refuses, return its problems instead.
    """
    try:
        return list(_lines(parse(tree, stored=True), 0))
    except InvalidTree as error:
        return [(0, str(problem)) for problem in error.problems]


def outline_text(tree: Any, parse: Callable[..., Group] = parse_tree) -> str | None:
    """Return the `outline` of a tree as a text, indented by the depth of its lines.

    None for a tree that `parse` refuses.
    """
    try:
        lines = list(_lines(parse(tree, stored=True), 0))
    except InvalidTree:
        return None
    return "\n".join(f"{'  ' * depth}{words}" for depth, words in lines)


def _lines(node: Node, depth: int) -> Iterator[tuple[int, str]]:
    if not isinstance(node, Group):
        yield depth, node.words()
        return
    yield depth, group_words(node)
    for child in node.conditions:
        yield from _lines(child, depth + 1)


def group_words(group: Group) -> str:
    """Return the words of a group as the heading of its list of conditions."""
    if not group.conditions:
        return group.words()
    word, meaning = MATCH_WORDS[group.match]
    return _("%(match)s of these: %(meaning)s") % {
        "match": str(word).capitalize(),
        "meaning": meaning,
    }
