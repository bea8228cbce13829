"""Figures for /metrics, read from the database at each request.

Web servers and workers are several processes and the database is their queue: it has all figures,
and no process has to count for itself. The number of queries does not depend on the number of
segments, runs and changes, and each query reads an index or a bounded part of a table.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min, OuterRef, Q, Subquery

from customers.models import DirtyCustomer
from segments.engine.workers import MISSING_AFTER
from segments.models import RefreshRun, RunState, Segment, Watermark, Worker

# Each series costs a metrics server: so many segments are shown, the first by priority.
SEGMENTS = 1_000
# How many of the latest runs are summed up.
RECENT_RUNS = 1_000
# How many marks of changed customers are counted; there are more only after a flood of changes.
MARKS = 100_000
QUANTILES = (0.5, 0.9, 0.99, 1.0)


@dataclass(frozen=True)
class SegmentFigures:
    """How one active segment stands; the two times (seconds) are None before its first refresh."""

    code: str
    mode: str
    members: int
    age: float | None
    duration: float | None
    batch_seconds: float | None
    is_stale: bool
    is_quarantined: bool


@dataclass(frozen=True)
class RunFigures:
    """Runs by state: the unfinished ones, and the outcomes of the latest finished ones."""

    unfinished: Mapping[str, int]
    oldest_queued_age: float | None
    recent: Mapping[str, int]
    # Seconds that the completed ones among the latest took, by quantile.
    durations: Mapping[float, float]


@dataclass(frozen=True)
class QueueFigures:
    """The marks of changed customers that wait in the queue."""

    marks: int
    customers: int
    oldest_age: float | None
    oldest_costly_age: float | None


@dataclass(frozen=True)
class WorkFigures:
    """The workers that are alive, and the age and the number of regular work, by its name."""

    workers: int
    worker_age: float | None
    ages: Mapping[str, float]
    numbers: Mapping[str, int]


def segment_figures(at: datetime) -> list[SegmentFigures]:
    """Return how the first `SEGMENTS` active segments stand at `at` (aware)."""
    completed = RefreshRun.objects.filter(
        segment=OuterRef("pk"), outcome=RunState.COMPLETED
    ).order_by("-pk")
    segments = (
        Segment.objects.filter(is_active=True)
        .with_owed_refresh()
        .defer("conditions")
        .annotate(
            run_started=Subquery(completed.values("started_at")[:1]),
            run_finished=Subquery(completed.values("finished_at")[:1]),
        )
        .order_by("priority", "name", "pk")
    )
    return [
        SegmentFigures(
            code=one.code,
            mode=one.refresh_mode,
            members=one.members_count,
            age=_seconds_between(one.refreshed_at, at),
            duration=_seconds_between(one.run_started, one.run_finished),
            batch_seconds=one.batch_seconds,
            is_stale=one.is_stale,
            is_quarantined=one.quarantined_at is not None,
        )
        for one in segments[:SEGMENTS]
    ]


def run_figures(at: datetime) -> RunFigures:
    """Return how many runs are in which state at `at`, and how long they take."""
    running = Q(lease_expires_at__gt=at, lease_expires_at__isnull=False)
    unfinished = RefreshRun.objects.unfinished().aggregate(
        queued=Count("pk", filter=~running),
        running=Count("pk", filter=running),
        oldest=Min("created_at", filter=~running),
    )
    oldest = unfinished.pop("oldest")
    latest = RefreshRun.objects.order_by("-pk")[:RECENT_RUNS]
    recent = [row for row in latest.values_list("outcome", "started_at", "finished_at") if row[0]]
    seconds = [
        _seconds_between(started, finished)
        for outcome, started, finished in recent
        if outcome == RunState.COMPLETED
    ]
    return RunFigures(
        unfinished=unfinished,
        oldest_queued_age=_seconds_between(oldest, at),
        recent=Counter(outcome for outcome, *_times in recent),
        durations=_quantiles([one for one in seconds if one is not None]),
    )


def queue_figures(at: datetime) -> QueueFigures:
    """Return how many marks wait at `at`, at most `MARKS`, and how long the oldest has waited.

    For marks of segments in a lane of their own, return only how long the oldest has waited.
    """
    apart = Segment.objects.automatic().in_own_lane().values("pk")
    in_lane = DirtyCustomer.objects.filter(segment_id__in=apart).aggregate(oldest=Min("at"))
    others = DirtyCustomer.objects.exclude(segment_id__in=apart, segment_id__isnull=False)
    marks = others.order_by("pk")[:MARKS].aggregate(
        marks=Count("pk"), customers=Count("customer_id", distinct=True), oldest=Min("at")
    )
    return QueueFigures(
        marks["marks"],
        marks["customers"],
        _seconds_between(marks["oldest"], at),
        _seconds_between(in_lane["oldest"], at),
    )


def work_figures(at: datetime) -> WorkFigures:
    """Return the workers seen lately, and how long ago regular work was done, at `at`."""
    workers = Worker.objects.aggregate(
        seen=Max("seen_at"), alive=Count("pk", filter=Q(seen_at__gt=at - MISSING_AFTER))
    )
    ages, numbers = {}, {}
    for mark in Watermark.objects.all():
        age = _seconds_between(mark.at, at)
        if age is not None:
            ages[mark.name] = age
        if mark.number is not None:
            numbers[mark.name] = mark.number
    return WorkFigures(workers["alive"], _seconds_between(workers["seen"], at), ages, numbers)


def _seconds_between(earlier: datetime | None, later: datetime | None) -> float | None:
    if earlier is None or later is None:
        return None
    # Another machine's clock may be a little ahead.
    return max(0.0, (later - earlier).total_seconds())


def _quantiles(values: Sequence[float]) -> dict[float, float]:
    """Return the quantiles of `values`, each one of them; nothing where there are none."""
    ordered = sorted(values)
    if not ordered:
        return {}
    return {each: ordered[math.ceil(each * len(ordered)) - 1] for each in QUANTILES}
