"""The nodes of stored trees, as JSON: their children, paths and settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conditions.language.operators.ranks import RANKS

# The keys of a node whose values are lists of nodes; a node has at most one of them.
LISTS_OF_NODES = ("conditions", "steps")
# The keys of a stored node whose values may be a group.
GROUPS = ("first", "last", "among")


def children_of(node: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the stored nodes directly below `node`, in document order."""
    for _path, child in placed_children(node):
        yield child


def placed_children(node: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the stored nodes directly below `node`, each with its path, such as `conditions[0]`."""
    for key in GROUPS:
        group = node.get(key)
        if isinstance(group, Mapping) and "segment" not in group:
            yield key, group
    for key in LISTS_OF_NODES:
        for index, child in enumerate(node.get(key) or ()):
            yield f"{key}[{index}]", child


def nodes_of(tree: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the nodes of a stored tree, its root first; skips values that are no objects."""
    if isinstance(tree, Mapping):
        yield tree
        for child in children_of(tree):
            yield from nodes_of(child)


def population_of(node: Mapping[str, Any]) -> str | None:
    """Return the code of the segment whose members a stored node compares with; None for none."""
    among = node.get("among")
    code = among.get("segment") if isinstance(among, Mapping) else None
    return code if isinstance(code, str) else None


def is_rank(node: Mapping[str, Any]) -> bool:
    """Return whether a stored node compares customers with each other."""
    operator = node.get("operator")
    return isinstance(operator, str) and operator in RANKS
