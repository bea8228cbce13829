"""Segments that a benchmark makes, and an empty queue to begin with."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from segments.editing.deletion import delete_segments
from segments.editing.saving import create_segment
from segments.engine.live_changes.changed_customers import process_changes
from segments.engine.live_changes.passing_time import sweep
from segments.models import AppliesTo, Segment
from segments.rules.definition import Definition

PREFIX = "bench-"


def settle() -> None:
    """Let the clock be looked at, and the queue of changes run empty."""
    sweep()
    process_changes()


def make(index: int, condition: dict[str, Any]) -> Segment:
    """Make the segment of that number."""
    tree = {"match": "all", "conditions": [condition]}
    definition = Definition(f"Bench {index}", conditions=tree, applies_to=AppliesTo.BOTH)
    return create_segment(definition, code=f"{PREFIX}{index:04}", author=None).segment


@contextmanager
def made(number: int, condition: Callable[[int], dict[str, Any]]) -> Iterator[list[Segment]]:
    """Keep so many segments, with the condition of each number, while the block runs."""
    segments: list[Segment] = []
    try:
        segments += [make(index, condition(index)) for index in range(number)]
        yield segments
    finally:
        delete_segments(segments)
