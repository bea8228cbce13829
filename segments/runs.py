"""Refresh runs from outside: ask for one, cancel one, find those that a worker should take up."""

from collections.abc import Iterable
from datetime import timedelta

from celery import current_app
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from customers.clock import now
from segments.locks import lock_requests
from segments.models import RefreshRun, RunState, Segment
from segments.models.run import free_lease

# How long after waking a worker in vain it is tried again: messages may be lost.
WAKE_AGAIN = timedelta(seconds=30)


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
    at = now()
    return (
        RefreshRun.objects.unfinished()
        .filter(free_lease(at))
        .filter(Q(not_before=None) | Q(not_before__lte=at))
        .filter(Q(woken_at=None) | Q(woken_at__lte=at - WAKE_AGAIN))
        .order_by("pk")
    )


def cancel_run(run: RefreshRun) -> RefreshRun:
    """Cancel `run`, unless it has ended, and return it as it is then.

    One that is being worked on ends as soon as its worker notices, within seconds; the stored
    members stay as they were. (On SQLite the worker's transaction is waited for.)
    """
    at = now()
    with transaction.atomic():
        unfinished = RefreshRun.objects.unfinished().filter(pk=run.pk)
        unfinished.filter(free_lease(at)).update(
            outcome=RunState.CANCELLED, finished_at=at, cancel_requested_at=at, phase=""
        )
        unfinished.filter(cancel_requested_at=None).update(cancel_requested_at=at)
    run.refresh_from_db()
    return run


def refresh_again(segments: Iterable[Segment]) -> None:
    """Queue a refresh of automatic `segments` that were left alone, and say so until it is done.

    What happened meanwhile has not reached their members.
    """
    for segment in segments:
        if segment.members_version is not None:
            Segment.objects.filter(pk=segment.pk).update(follows_clock=False)
            request_refresh(segment)


def lift_quarantine(segment: Segment) -> None:
    """Let `segment` be refreshed by itself again."""
    Segment.objects.filter(pk=segment.pk, failures_count__gt=0).update(
        failures_count=0, quarantined_at=None, quarantine_reason=""
    )
