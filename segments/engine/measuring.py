"""Measures what evaluating a segment costs, which decides the lane of the segment."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import DatabaseError

from conditions.errors import InvalidTree
from core.clock import now
from core.database.snapshot import read_snapshot
from segments.models import Segment
from segments.rules.evaluation.cost import seconds_for_a_batch
from segments.rules.evaluation.rule import rule_of

# An unchanged definition is measured again, because the data grow.
MEASURED_AGAIN = timedelta(days=1)


NOT_BEFORE = timedelta(minutes=10)


def measure_if_due(segment_id: int) -> None:
    """Measure the segment, unless its definition was measured within `MEASURED_AGAIN`."""
    segment = Segment.objects.get(pk=segment_id)
    if segment.batch_version != segment.version or _is_older(segment, MEASURED_AGAIN):
        _measure(segment)


def measure_again(segments: Iterable[Segment]) -> None:
    """Measure those of `segments` that were not measured within `NOT_BEFORE`."""
    for segment in segments:
        if _is_older(segment, NOT_BEFORE):
            _measure(segment)


def _is_older(segment: Segment, age: timedelta) -> bool:
    return segment.measured_at is None or segment.measured_at <= now() - age


def _measure(segment: Segment) -> None:
    try:
        with read_snapshot():
            seconds = seconds_for_a_batch(rule_of(segment))
    except (InvalidTree, DatabaseError):
        return  # The segment's refresh reports the error.
    Segment.objects.filter(pk=segment.pk).update(
        batch_seconds=seconds, batch_version=segment.version, measured_at=now()
    )
