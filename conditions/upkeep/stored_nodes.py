"""The nodes of stored trees, as JSON: what stands below which, and at which path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conditions.evaluator.verdict import LISTS_OF_NODES

# The keys of a stored node whose values may be a group.
GROUPS = ("first", "last")


def children_of(node: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the stored nodes directly below `node`, in document order."""
    for _path, child in placed_children(node):
        yield child


def placed_children(node: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the same, each with its path from `node`, such as `conditions[0]`."""
    for key in GROUPS:
        if isinstance(node.get(key), Mapping):
            yield key, node[key]
    for key in LISTS_OF_NODES:
        for index, child in enumerate(node.get(key) or ()):
            yield f"{key}[{index}]", child
