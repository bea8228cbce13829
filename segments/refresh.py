"""Refreshes segments: claims a run, finds the members, writes the difference, records it."""

import logging
from datetime import datetime

from celery import current_app
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from conditions.errors import InvalidTree
from customers.clock import now
from customers.models import Customer
from segments.definition import members_of
from segments.diff import Diff, apply_diff
from segments.locks import lock_members
from segments.models import ChangeReason, Membership, RefreshRun, RunState, Segment
from segments.signals import announce, segment_refreshed

logger = logging.getLogger(__name__)

UNFINISHED = Q(state__in=[RunState.QUEUED, RunState.RUNNING])


class SegmentInactive(ValueError):
    """An inactive segment keeps its members as they are: it is not refreshed."""

    def __init__(self, segment: Segment) -> None:
        super().__init__(_("“%(name)s” is inactive.") % {"name": segment.name})


def refresh_segment(segment: Segment, *, as_of: datetime | None = None) -> RefreshRun:
    """Bring the stored members of `segment` up to date now, and return the finished run.

    `as_of` is the aware instant at which conditions are judged; now unless given. A refresh that
    fails changes no member; its run says why. Raises SegmentInactive, and Segment.DoesNotExist
    for a deleted one, and ValueError for an `as_of` without a time zone.
    """
    if as_of is not None and as_of.tzinfo is None:
        raise ValueError("as_of needs a time zone")
    segment = Segment.objects.get(pk=segment.pk)  # What the caller holds may be old.
    if not segment.is_active:
        raise SegmentInactive(segment)
    run = RefreshRun.objects.create(segment=segment, as_of=as_of, created_at=now())
    return execute_run(run)


def request_refresh(segment: Segment, *, requested_by: User | None = None) -> RefreshRun:
    """Queue a refresh of `segment` and wake a worker on commit; joins a run that is under way.

    Raises SegmentInactive.
    """
    with transaction.atomic():
        segment = Segment.objects.select_for_update(no_key=True).get(pk=segment.pk)
        if not segment.is_active:
            raise SegmentInactive(segment)
        run = segment.runs.filter(UNFINISHED).order_by("-pk").first()
        if run is None:
            run = RefreshRun.objects.create(
                segment=segment, requested_by=requested_by, created_at=now()
            )
        # For a joined run too: the first message may have been lost, and a second does no harm.
        transaction.on_commit(
            lambda: current_app.send_task("segments.refresh_run", args=[run.pk]), robust=True
        )
    return run


def execute_run(run: RefreshRun) -> RefreshRun:
    """Do what `run` asks for, unless it is done already, and return it as it ended.

    Safe to call twice for one run, at the same time too: the second call finds it finished.
    """
    RefreshRun.objects.filter(pk=run.pk, state=RunState.QUEUED).update(
        state=RunState.RUNNING, phase="matching", started_at=now()
    )
    try:
        with transaction.atomic():
            lock_members(run.segment_id)
            _refresh(run)
    except Exception as error:
        logger.exception("Refresh run %s failed", run.pk)
        _finish(
            run,
            RunState.FAILED,
            version=run.version,
            error=str(error) or type(error).__name__,
            is_definition_invalid=isinstance(error, InvalidTree),
        )
    # The run is gone where the segment was deleted in the meantime.
    return RefreshRun.objects.filter(pk=run.pk).select_related("segment").first() or run


def _refresh(run: RefreshRun) -> None:
    if not RefreshRun.objects.filter(UNFINISHED, pk=run.pk).exists():
        return
    as_of = run.as_of or now()
    segment, members = _read_definition(run, as_of)
    if not segment.is_active:
        _finish(run, RunState.CANCELLED, error=str(SegmentInactive(segment)))
        return
    at = now()
    diff = apply_diff(segment, members, reason=ChangeReason.REFRESH, at=at, run=run)
    count = Membership.objects.filter(segment=segment).count()
    values = {"members_count": count, "refreshed_at": at, "as_of": as_of}
    if not Segment.objects.filter(pk=segment.pk).update(**values):
        raise Segment.DoesNotExist  # Deleted by other means than ours; nothing of it may stay.
    _finish(
        run,
        RunState.COMPLETED,
        entered=diff.entered,
        left=diff.left,
        done=count,
        total=count,
        version=segment.version,
        as_of=as_of,
    )
    transaction.on_commit(lambda: _announce(run.pk, diff), robust=True)


def _read_definition(run: RefreshRun, as_of: datetime) -> tuple[Segment, QuerySet[Customer]]:
    """Return the segment and the query for its members, both of one version."""
    while True:
        segment = Segment.objects.get(pk=run.segment_id)
        run.version = segment.version
        members = members_of(segment, as_of=as_of)
        # Websites and groups are read by queries of their own; a save may have come in between.
        if Segment.objects.filter(pk=segment.pk, version=segment.version).exists():
            return segment, members


def _finish(run: RefreshRun, state: RunState, **values: object) -> None:
    RefreshRun.objects.filter(UNFINISHED, pk=run.pk).update(
        state=state, phase="", finished_at=now(), **values
    )


def _announce(run_id: int, diff: Diff) -> None:
    run = RefreshRun.objects.filter(pk=run_id).select_related("segment").first()
    if run is None:  # Deleted together with its segment since.
        return
    announce(run.segment, run, after=diff.after, last=diff.last)
    segment_refreshed.send_robust(Segment, segment=run.segment, run=run)
