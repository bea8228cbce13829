"""Requests and cancels refresh runs, and finds the runs that a worker should take up."""

from collections.abc import Iterable
from contextlib import suppress

from celery import current_app
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core.clock import now
from core.database.lease import LeasedQuerySet, free_lease
from core.tracing.stored_context import ContextKind, keep_context
from segments.database.locks import lock_requests
from segments.lease import cancel_work, waiting_work
from segments.models import ChangeReason, OwedRefresh, RefreshRun, Segment
from segments.rules.website_limits.websites import check_segment


class SegmentInactive(ValueError):
    """An inactive segment keeps its members as they are: it is not refreshed."""

    def __init__(self, segment: Segment) -> None:
        super().__init__(_("“%(name)s” is inactive.") % {"name": segment.name})


def request_refresh(
    segment: Segment, *, requested_by: User | None = None, after_change: bool = False
) -> RefreshRun:
    """Queue a refresh of `segment` and wake a worker on commit, or join an unfinished run.

    With `after_change`, join only a run that has not begun, because a running one may have read the
    old data. A request by a user ends the segment's quarantine. Raises SegmentInactive where the
    segment is inactive, and OutsideWebsites where the user may not change it.
    """
    check_segment(requested_by, segment)
    with transaction.atomic():
        lock_requests(segment.pk)
        segment = Segment.objects.get(pk=segment.pk)
        if not segment.is_active:
            raise SegmentInactive(segment)
        if requested_by is not None:
            lift_quarantine(segment)
        run = _to_join(segment, after_change)
        if run is None:
            run = RefreshRun.objects.create(
                segment=segment, requested_by=requested_by, created_at=now()
            )
            keep_context(ContextKind.REFRESH, [run.pk])
        elif run.requested_by is None and requested_by is not None:
            # No user has requested the run before.
            RefreshRun.objects.filter(pk=run.pk).update(requested_by=requested_by)
            run.requested_by = requested_by
        wake(run)
    return run


def _to_join(segment: Segment, after_change: bool) -> RefreshRun | None:
    """Return the unfinished run that a new request can join; None where there is none."""
    runs = segment.runs.unfinished().filter(as_of=None, cancel_requested_at=None)
    joined = free_lease(now())
    if not after_change:
        # A running one must not use an older definition.
        joined |= Q(version=segment.version)
    return runs.filter(joined).order_by("-pk").first()


def waiting_run(segment: Segment) -> RefreshRun | None:
    """Return a run of `segment` that no worker has begun, without a requested time; else None."""
    runs = segment.runs.unfinished().filter(free_lease(now()), as_of=None, shards=None)
    return runs.order_by("pk").first()


def wake(run: RefreshRun) -> None:
    """Send a worker the message to execute `run`, when the transaction commits."""
    RefreshRun.objects.filter(pk=run.pk).update(woken_at=now())
    # For a joined run too: the first message may have been lost, and a second does no harm.
    transaction.on_commit(
        lambda: current_app.send_task("segments.refresh_run", args=[run.pk]), robust=True
    )


def wake_waiting() -> int:
    """Wake workers for all waiting runs, also those with an expired lease; return how many."""
    runs = list(waiting_runs())
    for run in runs:
        wake(run)
    return len(runs)


def waiting_runs() -> QuerySet[RefreshRun]:
    """Return the runs that are due, not held, and for which no worker was woken lately."""
    return waiting_work(RefreshRun)


def another_costly_one_is_at_work(run: RefreshRun) -> bool:
    """Return whether `run` is of a costly segment while a run of another costly segment is held.

    Costly runs are executed one at a time, so that other runs always find a free worker. Two that
    start at the same moment may still run at the same time.
    """
    if not _of_costly().filter(pk=run.pk).exists():
        return False
    held = _of_costly().unfinished().exclude(free_lease(now()))
    return held.exclude(segment=run.segment_id).exists()


def wake_next_costly_one(ended: RefreshRun) -> None:
    """Make the next tick wake a worker for the costly segments that have waited for `ended`."""
    if _of_costly().filter(pk=ended.pk).exists():
        _of_costly().unfinished().filter(free_lease(now())).update(woken_at=None)


def _of_costly() -> LeasedQuerySet[RefreshRun]:
    runs: LeasedQuerySet[RefreshRun] = RefreshRun.objects.filter(
        segment__in=Segment.objects.costly()
    )
    return runs


def cancel_run(run: RefreshRun) -> RefreshRun:
    """Cancel `run`, unless it has ended, and return it reloaded; the stored members stay."""
    return cancel_work(run)


def leave_to_refresh(
    segments: Iterable[Segment],
    *,
    requested_by: User | None = None,
    reason: ChangeReason = ChangeReason.REFRESH,
) -> None:
    """Owe `segments` a complete refresh, for a change that no incremental update works in.

    All `segments` show as stale until a refresh that begins after this call succeeds, even if the
    run queued here is cancelled, fails or is deleted. Runs are queued for the segments that are
    active, automatic and not quarantined. The change log names `reason` for customers who enter and
    leave by the refresh. Call it once, in the transaction of the change: it takes its locks in the
    order of ids.
    """
    ids = [segment.pk for segment in segments]
    stored = Segment.objects.filter(pk__in=ids)
    OwedRefresh.objects.bulk_create(
        OwedRefresh(segment=segment, reason=reason) for segment in stored
    )
    for segment in stored.automatic().filter(quarantined_at=None).order_by("pk"):
        with suppress(SegmentInactive, Segment.DoesNotExist):
            request_refresh(segment, requested_by=requested_by, after_change=True)


def will_see_owed(run: RefreshRun) -> None:
    """Assign the segment's owed refreshes to `run`, which starts to read after this call."""
    OwedRefresh.objects.filter(segment=run.segment_id).update(run_id=run.pk)


def lift_quarantine(segment: Segment) -> None:
    """End the quarantine of `segment`, so that it is refreshed automatically again."""
    Segment.objects.filter(pk=segment.pk, failures_count__gt=0).update(
        failures_count=0, quarantined_at=None, quarantine_reason=""
    )
