"""Nodes of a tree under construction, each with its origin in Maho's tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# Keys that correspond to a key in Maho's node; problems at other keys concern the whole node.
KEYS = {
    "attribute": "attribute",
    "operator": "operator",
    "value": "value",
    "match": "aggregator",
    "conditions": "conditions",
}


@dataclass(frozen=True)
class Made:
    """A node: its own `keys`, its children, and its path `origin` in Maho's tree."""

    origin: str
    keys: Mapping[str, Any]
    children: tuple[Made, ...] = ()

    @property
    def json(self) -> dict[str, Any]:
        """The node as JSON of a tree of conditions."""
        below = {"conditions": [child.json for child in self.children]} if self.children else {}
        return {**self.keys, **below}

    def origin_of(self, path: str) -> str:
        """Return the path in Maho's tree that corresponds to `path` in this tree."""
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
