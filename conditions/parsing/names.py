"""Looks up the names of the codes in many stored trees at once."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from conditions import registry
from conditions.attribute import Attribute
from conditions.language.choices import Choices
from conditions.language.stored_nodes import nodes_of
from core.text.json_documents import can_be_stored


def look_up_names(trees: Iterable[Any]) -> None:
    """Look up the codes in stored `trees` and their names, to be shared within `share_lookups`."""
    codes: dict[Choices, set[str]] = {}
    for tree in trees:
        for choices, code in _codes_in(tree):
            codes.setdefault(choices, set()).add(code)
    for choices, found in codes.items():
        names = choices.names(found)
        choices.codes_by_name({names.get(code, code) for code in found})


def _codes_in(tree: Any) -> Iterator[tuple[Choices, str]]:
    for node in nodes_of(tree):
        value = node.get("value")
        for key in ("attribute", "of"):
            attribute = _attribute_at(node, key)
            if attribute is not None and attribute.choices is not None:
                for code in value if isinstance(value, list) else [value]:
                    if isinstance(code, str) and can_be_stored(code):
                        yield attribute.choices, code


def _attribute_at(node: Mapping[str, Any], key: str) -> Attribute | None:
    code = node.get(key)
    return registry.find_attribute(code) if isinstance(code, str) else None
