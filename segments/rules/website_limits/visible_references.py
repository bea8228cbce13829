"""Checks the segments to which users with a limit to websites may refer in a tree."""

from collections.abc import Iterator, Mapping
from typing import Any

from conditions.errors import InvalidTree
from conditions.language.stored_nodes import nodes_of, population_of
from conditions.nodes.tree import Group
from conditions.parse import parse_tree
from core.access.website_limits import OutsideWebsites, Websites, findings_within
from segments.rules.in_conditions.references import list_of, named_by
from segments.rules.website_limits.websites import hidden_within


def parse_within(
    tree: Any, websites: Websites, *, segment: str | None = None, stored: Any = None
) -> Group:
    """Parse `tree` for the segment of this code, as written by a user limited to `websites`.

    Raises InvalidTree, and OutsideWebsites where `tree` newly names a segment that covers none of
    `websites` or does not exist, so that the user cannot find out which of the two is true.
    """
    try:
        group = parse_tree(tree, segment=segment)
    except InvalidTree as error:
        raise InvalidTree(findings_within(error.problems, websites)) from error
    check_references(group.json, websites, stored=stored)
    return group


def check_references(tree: Any, websites: Websites, *, stored: Any = None) -> None:
    """Raise OutsideWebsites where `tree` names a segment that covers none of `websites`.

    The sentence of the tree would reveal the segment's name. References that the `stored` tree
    already has are allowed.
    """
    if websites is None:
        return
    if hidden_within(set(_codes_in(tree)) - set(_codes_in(stored)), websites):
        raise OutsideWebsites


def _codes_in(tree: Any) -> Iterator[str]:
    for node in nodes_of(tree):
        yield from named_by(node)
        if list_of(node) is not None:
            yield from _texts(node)
        if (population := population_of(node)) is not None:
            yield population


def _texts(node: Mapping[str, Any]) -> Iterator[str]:
    value = node.get("value")
    yield from (
        one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)
    )
