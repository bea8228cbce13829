"""Refresh runs from outside: ask for one, cancel one, find those that a worker should take up."""

from collections.abc import Iterable
from contextlib import suppress

from celery import current_app
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core.clock import now
from core.database.lease import LeasedQuerySet, free_lease
from core.tracing.kept_context import ContextKind, keep_context
from segments.database.locks import lock_requests
from segments.lease import cancel_work, waiting_work
from segments.models import ChangeReason, OwedRefresh, RefreshRun, Segment
from segments.rules.websites import check_segment


class SegmentInactive(ValueError):
    """An inactive segment keeps its members as they are: it is not refreshed."""

    def __init__(self, segment: Segment) -> None:
        super().__init__(_("“%(name)s” is inactive.") % {"name": segment.name})


def request_refresh(
    segment: Segment, *, requested_by: User | None = None, after_change: bool = False
) -> RefreshRun:
    """Queue a refresh of `segment` and wake a worker on commit; joins a run that is under way.

    With `after_change` only one that has not begun: the others may have read what was before. One
    that somebody asks for lifts a quarantine. Raises SegmentInactive.
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
            # Until now it was asked for by nobody in person.
            RefreshRun.objects.filter(pk=run.pk).update(requested_by=requested_by)
            run.requested_by = requested_by
        wake(run)
    return run


def _to_join(segment: Segment, after_change: bool) -> RefreshRun | None:
    """Return the unfinished run that will do what is asked for; None where there is none."""
    runs = segment.runs.unfinished().filter(as_of=None, cancel_requested_at=None)
    joined = free_lease(now())
    if not after_change:
        # One that has begun may go by an older definition.
        joined |= Q(version=segment.version)
    return runs.filter(joined).order_by("-pk").first()


def waiting_run(segment: Segment) -> RefreshRun | None:
    """Return a run of `segment` as of its own time that nobody has begun; None where none waits."""
    runs = segment.runs.unfinished().filter(free_lease(now()), as_of=None, shards=None)
    return runs.order_by("pk").first()


def wake(run: RefreshRun) -> None:
    """Send a worker the message that `run` waits, when the transaction is committed."""
    RefreshRun.objects.filter(pk=run.pk).update(woken_at=now())
    # For a joined run too: the first message may have been lost, and a second does no harm.
    transaction.on_commit(
        lambda: current_app.send_task("segments.refresh_run", args=[run.pk]), robust=True
    )


def wake_waiting() -> int:
    """Wake workers for all runs that wait, those whose lease has expired too; return how many."""
    runs = list(waiting_runs())
    for run in runs:
        wake(run)
    return len(runs)


def waiting_runs() -> QuerySet[RefreshRun]:
    """Return the runs that are due, that nobody holds and nobody was lately woken for."""
    return waiting_work(RefreshRun)


def another_costly_one_is_at_work(run: RefreshRun) -> bool:
    """Return whether `run` is of a costly segment and one of another costly segment is held.

    One at a time, so that the others always have a worker. Two that begin at the same moment do.
    """
    if not _of_costly().filter(pk=run.pk).exists():
        return False
    held = _of_costly().unfinished().exclude(free_lease(now()))
    return held.exclude(segment=run.segment_id).exists()


def wake_next_costly_one(ended: RefreshRun) -> None:
    """Let the next tick wake a worker for the costly segments that have waited for `ended`."""
    if _of_costly().filter(pk=ended.pk).exists():
        _of_costly().unfinished().filter(free_lease(now())).update(woken_at=None)


def _of_costly() -> LeasedQuerySet[RefreshRun]:
    runs: LeasedQuerySet[RefreshRun] = RefreshRun.objects.filter(
        segment__in=Segment.objects.costly()
    )
    return runs


def cancel_run(run: RefreshRun) -> RefreshRun:
    """Cancel `run`, unless it has ended, and return it as it is then; its members stay."""
    return cancel_work(run)


def leave_to_refresh(
    segments: Iterable[Segment],
    *,
    requested_by: User | None = None,
    reason: ChangeReason = ChangeReason.REFRESH,
) -> None:
    """Let a refresh as a whole find out what has happened, where nobody else does.

    All `segments` say that they are stale until a refresh that begins after this has ended well,
    even where the one that is queued here, of those that are active, automatic and not quarantined,
    is cancelled, fails or is deleted. The change log names the `reason` for those who enter and
    leave by it. To be called in the transaction that makes it so, once: what it locks, it locks in
    the order of ids.
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
    """Note that `run`, which reads from now on, sees what its segment is owed a refresh for."""
    OwedRefresh.objects.filter(segment=run.segment_id).update(run_id=run.pk)


def lift_quarantine(segment: Segment) -> None:
    """Let `segment` be refreshed by itself again."""
    Segment.objects.filter(pk=segment.pk, failures_count__gt=0).update(
        failures_count=0, quarantined_at=None, quarantine_reason=""
    )
