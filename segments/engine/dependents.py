"""The order of segments that refer to each other, and the segments that depend on others."""

from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

from segments.models import Segment
from segments.rules.in_conditions.references import ListedSegments, codes_in, referring_segments


def in_dependency_order(segments: Iterable[Segment]) -> list[Segment]:
    """Return `segments` in an order in which each comes after those that it refers to."""
    by_code = {segment.code: segment for segment in segments}
    trees = {code: segment.conditions for code, segment in by_code.items()}
    try:
        return [by_code[code] for code in codes_in_order(trees)]
    except CycleError:
        # Saving a definition refuses a cycle; if there is one, each segment's own run reports it.
        return list(by_code.values())


def codes_in_order(trees: Mapping[str, Any]) -> list[str]:
    """Return the codes of `trees` in an order in which each comes after those its tree refers to.

    Raises CycleError, whose second argument is the cycle: codes, of which the first and the last
    are the same.
    """
    lists = ListedSegments()
    graph = {
        code: sorted(named for named in codes_in(tree, lists) if named in trees)
        for code, tree in trees.items()
    }
    return list(TopologicalSorter(graph).static_order())


def dependents_of(segments: Sequence[Segment]) -> list[Segment]:
    """Return the segments that refer to `segments`, directly or indirectly, without `segments`."""
    seen = {segment.pk: segment for segment in segments}
    waiting = list(segments)
    while waiting:
        for segment in referring_segments(waiting.pop()):
            if segment.pk not in seen:
                seen[segment.pk] = segment
                waiting.append(segment)
    given = {segment.pk for segment in segments}
    return [seen[pk] for pk in seen.keys() - given]
