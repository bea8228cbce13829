"""Backlogs of refreshes, their shards, exports and changed customers, for /metrics."""

from datetime import datetime
from functools import partial

from django.db.models import Count, Min, QuerySet

from core.database.lease import free_lease
from core.load.backlog import (
    BACKLOGS,
    Backlog,
    CountedBacklog,
    Waiting,
    leased_backlog,
    timed_waiting,
)
from core.load.schedule import REFRESH
from core.load.timing import median_seconds
from segments.engine.marks import due_marks
from segments.models import Export, RefreshRun, RefreshShard, Segment
from segments.rules.evaluation.judging import BATCH

# Kinds of work that are timed.
SHARD, MARKS = "refresh_shard", "marks"
# More marks than these are not counted.
MOST_MARKS = 100_000


def waiting_shards(at: datetime) -> QuerySet[RefreshShard]:
    """Return the shards of refreshes that wait at `at`."""
    return RefreshShard.objects.filter(free_lease(at), run__outcome="", finished_at=None)


def waiting_marks(at: datetime) -> Waiting:
    """Return the batches of changed customers that wait at `at`, `MOST_MARKS` marks at most.

    Marks of segments in a lane of their own rest between turns; no further worker takes them.
    """
    resting = Segment.objects.automatic().in_own_lane().values("pk")
    marks = due_marks().exclude(segment_id__in=resting, segment_id__isnull=False)
    waiting = marks.order_by("pk")[:MOST_MARKS].aggregate(items=Count("pk"), oldest=Min("at"))
    return timed_waiting(MARKS, waiting["items"], waiting["oldest"], batch=BATCH)


def register() -> None:
    """Hang in what waits of refreshes, exports and changed customers."""
    shard_seconds = partial(median_seconds, SHARD)
    BACKLOGS.register(
        leased_backlog("refresh_runs", REFRESH, RefreshRun),
        CountedBacklog("refresh_shards", REFRESH, waiting_shards, "run__created_at", shard_seconds),
        leased_backlog("exports", REFRESH, Export),
        Backlog("marks", "tranche", waiting_marks),
    )
