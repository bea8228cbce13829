"""Segments as documents: the contents of their files, in the order of the file's keys."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from segments.models import ManagedSegment, Segment
from segments.rules.definition import definition_of, handling_of

KEYS = (
    *("code", "name", "description", "conditions", "websites", "customer_groups", "applies_to"),
    *("refresh_mode", "refresh_schedule", "is_active", "priority", "tags", "protect"),
)


@dataclass(frozen=True)
class Change:
    """A changed value, with its path from the root of the document or of the conditions."""

    path: str
    before: Any
    after: Any


def document_of(segment: Segment, managed: ManagedSegment | None) -> dict[str, Any]:
    """Return the document of `segment`; codes are sorted, independently of the database."""
    values = vars(definition_of(segment)) | vars(handling_of(segment)) | {"code": segment.code}
    values["protect"] = managed is not None and managed.protect
    for name in ("websites", "customer_groups", "tags"):
        values[name] = sorted(values[name])
    return {key: values[key] for key in KEYS}


def state_of(segment: Segment, managed: ManagedSegment | None) -> str:
    """Return a digest of everything in `segment` that a plan depends on."""
    owner = None if managed is None else [managed.project, managed.version]
    values = [segment.version, owner, document_of(segment, managed)]
    digest = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
    return f"{segment.version}:{digest[:32]}"


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Return the differences between two documents, in the order of their keys."""
    return [
        change
        for key in KEYS
        for change in _changes(before[key], after[key], "" if key == "conditions" else key)
    ]


def _changes(before: Any, after: Any, path: str) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted(before.keys() | after.keys()):
            below = f"{path}.{key}" if path else key
            yield from _changes(before.get(key), after.get(key), below)
    elif _are_nodes(before) and _are_nodes(after):
        for index in range(max(len(before), len(after))):
            old, new = (side[index] if index < len(side) else None for side in (before, after))
            yield from _changes(old, new, f"{path}[{index}]")
    else:
        yield Change(path, before, after)


def _are_nodes(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, Mapping) for one in value)
