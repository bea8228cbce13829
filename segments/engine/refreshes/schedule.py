"""Scheduled refreshes: nightly, or by the segment's own schedule."""

import logging
from contextlib import suppress
from datetime import datetime

from django.conf import settings

from core.clock import now
from segments.engine.dependents import in_dependency_order
from segments.engine.refreshes.runs import SegmentInactive, request_refresh
from segments.engine.refreshes.snapshot_engine import configured_for, unknown_codes
from segments.engine.refreshes.unchanged import refresh_unchanged
from segments.models import RefreshRun, Segment
from segments.models.cron import last_time, next_time

logger = logging.getLogger(__name__)


def request_due() -> list[RefreshRun]:
    """Refresh each automatic segment that is due by its schedule, or queue a refresh.

    Return the runs: completed ones for segments whose members a common query finds to be right,
    queued ones for the others. Segments whose members an engine finds are not part of that query.

    No history of past nights is kept: a segment is due when the last time of its schedule is after
    its last refresh. So after any number of missed nights it is refreshed once.
    """
    due = _due()
    if not due:
        return []
    if unknown := unknown_codes():
        logger.warning(
            "REFRESH_ENGINE_SEGMENTS: no segment is called %s", ", ".join(sorted(unknown))
        )
    completed = refresh_unchanged([one for one in due if configured_for(one) is None])
    # Determined again, because another process may have refreshed some in the meantime.
    return completed + _request(_due())


def _due() -> list[Segment]:
    at = now()
    last_times: dict[str, datetime | None] = {}
    due = []
    for segment in Segment.objects.automatic().filter(quarantined_at=None):
        schedule = schedule_of(segment)
        if schedule not in last_times:
            last_times[schedule] = last_time(schedule, at=at, zone=settings.DEFAULT_TIME_ZONE)
        last = last_times[schedule]
        if last is not None and _is_behind(segment, last):
            due.append(segment)
    return due


def nightly() -> str:
    """Return the cron expression of segments that have no schedule of their own."""
    return f"0 {settings.NIGHTLY_REFRESH_HOUR} * * *"


def next_refresh(segment: Segment, *, at: datetime) -> datetime | None:
    """Return when the next scheduled refresh of `segment` after `at` (aware) is.

    None for a manual, inactive or quarantined segment.
    """
    if not Segment.objects.automatic().filter(pk=segment.pk, quarantined_at=None).exists():
        return None
    return next_time(schedule_of(segment), at=at, zone=settings.DEFAULT_TIME_ZONE)


def last_due(segment: Segment, *, at: datetime) -> datetime | None:
    """Return the last time of the schedule of `segment` that is not after `at` (aware).

    None where there is none.
    """
    return last_time(schedule_of(segment), at=at, zone=settings.DEFAULT_TIME_ZONE)


def schedule_of(segment: Segment) -> str:
    """Return the cron expression of `segment`: its own, or the nightly one."""
    return segment.refresh_schedule or nightly()


def _is_behind(segment: Segment, last: datetime) -> bool:
    since = segment.refreshed_at or segment.created_at
    if since >= last:
        return False
    # A run requested since then counts, whatever its outcome.
    return not segment.runs.filter(as_of=None, created_at__gte=last).exists()


def _request(segments: list[Segment]) -> list[RefreshRun]:
    runs = []
    for segment in in_dependency_order(segments):
        with suppress(SegmentInactive, Segment.DoesNotExist):
            runs.append(request_refresh(segment))
    return runs
