"""The nodes of stored trees, for all who look for something in them without parsing them."""

from collections.abc import Iterator, Mapping
from typing import Any

from conditions.language.operators.ranks import RANKS


def children_of(node: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the nodes directly below a stored node, each with its path from there."""
    for index, child in enumerate(node.get("conditions") or ()):
        yield f"conditions[{index}]", child
    among = node.get("among")
    if isinstance(among, Mapping) and "conditions" in among:
        yield "among", among


def nodes_of(tree: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the nodes of a stored tree, its root first; what is no object is none."""
    if isinstance(tree, Mapping):
        yield tree
        for _path, child in children_of(tree):
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
