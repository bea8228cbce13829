"""Nodes of a tree in the making, each of which knows where in Maho's tree it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# Keys of this language whose counterpart in Maho's node is at fault; any other is the whole node's.
KEYS = {
    "attribute": "attribute",
    "operator": "operator",
    "value": "value",
    "match": "aggregator",
    "conditions": "conditions",
}


@dataclass(frozen=True)
class Made:
    """A node: its own `keys`, the nodes below it, and the path `origin` in Maho's tree."""

    origin: str
    keys: Mapping[str, Any]
    children: tuple[Made, ...] = ()

    @property
    def json(self) -> dict[str, Any]:
        """The node as this language writes it."""
        below = {"conditions": [child.json for child in self.children]} if self.children else {}
        return {**self.keys, **below}

    def origin_of(self, path: str) -> str:
        """Return the path in Maho's tree of what is at `path` in this one."""
        origins = dict(self._origins(""))
        node, key = path, ""
        while node not in origins:
            node, _point, key = node.rpartition(".")
        counterpart = KEYS.get(key, "")
        return ".".join(part for part in (origins[node], counterpart) if part)

    def _origins(self, path: str) -> Iterator[tuple[str, str]]:
        yield path, self.origin
        for index, child in enumerate(self.children):
            yield from child._origins(".".join(filter(None, (path, f"conditions[{index}]"))))
