"""Finds stored trees that name an attribute, so that a used attribute is not deleted."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.registries import Registry


@dataclass(frozen=True)
class StoredTrees:
    """Stored rows of one kind that have trees; `find` yields the name and the tree of each."""

    name: str
    find: Callable[[], Iterable[tuple[str, Any]]]


STORED_TREES: Registry[StoredTrees] = Registry("stored trees")


def rows_naming(code: str) -> list[str]:
    """Return the names of the rows whose trees name the attribute `code`, by kind."""
    return [name for kind in STORED_TREES for name, tree in kind.find() if is_named(code, tree)]


def is_named(code: str, tree: Any) -> bool:
    """Return whether a stored tree names the attribute `code`."""
    return code in _named(tree)


def _named(node: Any) -> Iterator[str]:
    """Yield the codes of the attributes that a tree names anywhere."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key in {"attribute", "of", "at"} and isinstance(value, str):
                yield value
            yield from _named(value)
    elif isinstance(node, list):
        for one in node:
            yield from _named(one)
