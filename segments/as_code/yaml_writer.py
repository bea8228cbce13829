"""Writes definitions as YAML: the same bytes for the same data on every machine."""

import json
import re
import sys
from collections.abc import Mapping
from typing import Any

import yaml

# The order of the keys of a node: these, then others alphabetically, then lists of nodes.
# PostgreSQL does not preserve the order of keys.
FIRST_KEYS = ("match", "relation", "aggregate", "of", "attribute", "operator", "value")
LAST_KEYS = ("conditions", "steps")
# Text that needs no quotes: every YAML parser reads it as text.
PLAIN = re.compile(r"[^\W\d_](?:[\w ./()+%-]*[\w./()+%-])?")
# Words that YAML 1.1 reads as booleans or null.
WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
# Multi-line text that a block scalar represents exactly.
BLOCK = re.compile(r"[!-~](?:[ -~\xa1-\u2027\u202a-\ud7ff]|\n)*")

TEXT, LIST, OBJECT = (f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map"))
TAGS = {yaml.ScalarNode: TEXT, yaml.SequenceNode: LIST, yaml.MappingNode: OBJECT}


class _Dumper(yaml.SafeDumper):
    """Serializes nodes that are already styled, without tags."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> str:
        return TAGS[kind]


def write_yaml(document: Mapping[str, Any]) -> bytes:
    """Return `document` (JSON) as UTF-8, its keys in their order, those of `conditions` sorted."""
    node = yaml.MappingNode(
        OBJECT,
        [(_node(key), _node(value, block=True)) for key, value in document.items()],
        flow_style=False,
    )
    text = yaml.serialize(node, Dumper=_Dumper, width=sys.maxsize, allow_unicode=True)
    return str(text).encode()


def _node(value: Any, *, block: bool = False) -> yaml.Node:
    if isinstance(value, Mapping):
        pairs = [(_node(key), _node(value[key])) for key in sorted(value, key=_place)]
        is_flow = not any(map(_has_objects, value.values()))
        return yaml.MappingNode(OBJECT, pairs, flow_style=is_flow)
    if isinstance(value, list | tuple):
        return yaml.SequenceNode(LIST, list(map(_node, value)), flow_style=not _has_objects(value))
    if isinstance(value, str):
        return yaml.ScalarNode(TEXT, value, style=_style(value, block))
    return yaml.ScalarNode(TEXT, json.dumps(value))


def _place(key: str) -> tuple[int, int, str]:
    if key in FIRST_KEYS:
        return (0, FIRST_KEYS.index(key), key)
    return (2, LAST_KEYS.index(key), key) if key in LAST_KEYS else (1, 0, key)


def _has_objects(value: Any) -> bool:
    """Return whether `value` is an object, or a list with one somewhere in it."""
    if isinstance(value, Mapping):
        return True
    return isinstance(value, list | tuple) and any(map(_has_objects, value))


def _style(text: str, block: bool) -> str | None:
    if PLAIN.fullmatch(text) and text.lower() not in WORDS:
        return None
    if block and "\n" in text and BLOCK.fullmatch(text) and not re.search(r" (\n|\Z)", text):
        return "|"
    return '"'
