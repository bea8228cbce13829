"""Refreshes segments: claims a run, finds the members, writes the difference, records it."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import F, QuerySet

from conditions.errors import InvalidTree
from core.clock import now
from core.database.time_limit import time_limit
from core.tracing.spans import span
from core.tracing.stored_context import ContextKind, continued_context
from customers.models import Customer
from segments.database.locks import lock_members
from segments.engine.measuring import measure_if_due
from segments.engine.members.stored_members import Diff, apply_diff, wanted_by
from segments.engine.refreshes import shards, snapshot_engine
from segments.engine.refreshes.runs import (
    SegmentInactive,
    another_costly_one_is_at_work,
    leave_to_refresh,
    waiting_run,
    wake_next_costly_one,
    will_see_owed,
)
from segments.engine.refreshes.snapshot_engine import Elsewhere, Found, NotElsewhere
from segments.lease import (
    LeaseLost,
    Progress,
    RunCancelled,
    claim,
    finish,
    keep_lease_alive,
    release,
)
from segments.models import (
    ChangeReason,
    OwedRefresh,
    RefreshRun,
    RefreshShard,
    RunState,
    Segment,
)
from segments.rules.evaluation.rule import members_of, rule_of
from segments.rules.in_conditions.references import compares_customers, trees_of
from segments.rules.in_conditions.stays import needs_refreshes, segments_followed_by
from segments.signals import announce, segment_refreshed

logger = logging.getLogger(__name__)

# The delay before the next attempt doubles with each attempt: 10, 20, 40 seconds ...
FIRST_DELAY = timedelta(seconds=10)


def execute_now(
    segment: Segment, *, as_of: datetime | None, where: Elsewhere | None = None
) -> RefreshRun:
    """Refresh `segment` in this process, with the run that waits for it where there is one.

    Return the finished run; see `segments.refresh.refresh_segment`.
    """
    # A waiting run must not fail because the engine that this caller requires fails.
    is_here = as_of is None and (where is None or not where.required)
    waiting = waiting_run(segment) if is_here else None
    claimed = claim(waiting.pk) if waiting is not None else None
    if claimed is None:
        at = now()
        # No other worker sees the run before it is claimed, or is woken for it: `woken_at` is now.
        with transaction.atomic():
            run = RefreshRun.objects.create(
                segment=segment, as_of=as_of, created_at=at, woken_at=at
            )
            claimed = claim(run.pk)
        assert claimed is not None, "nobody else could take it"
    return _execute(claimed, 1, where)


def execute_run(run: RefreshRun) -> RefreshRun:
    """Execute `run`, unless it has ended or another worker holds it, and return its stored state.

    Safe to call twice for one run, also concurrently. A run that fails is retried with increasing
    delays, up to `settings.REFRESH_ATTEMPTS` attempts. The run of a big segment is only divided
    into shards here (`segments.engine.refreshes.shards`).
    """
    if another_costly_one_is_at_work(run):
        return _as_stored(run)  # Woken again when the other run has ended.
    claimed = claim(run.pk)
    if claimed is None:
        return _as_stored(run)
    return _execute(claimed, None)


def _execute(
    claimed: RefreshRun, attempts: int | None, where: Elsewhere | None = None
) -> RefreshRun:
    """Work on the claimed run, as a span of the request that asked for it."""
    with span(
        "segments.refresh",
        parent=continued_context(ContextKind.REFRESH, claimed.pk),
        segment=claimed.segment.code,
        run=claimed.pk,
    ) as traced:
        ended = _refresh_claimed(claimed, attempts, where)
        traced.set(entered=ended.entered, left=ended.left)
        if ended.outcome == RunState.FAILED:
            traced.fail("RefreshFailed")
    return ended


def _refresh_claimed(
    claimed: RefreshRun, attempts: int | None, where: Elsewhere | None
) -> RefreshRun:
    with _ending_well(claimed, attempts or settings.REFRESH_ATTEMPTS):
        if claimed.cancel_requested_at is not None:
            raise RunCancelled
        _await_writers(claimed)
        if _is_written_from_elsewhere(claimed, where):
            pass
        elif attempts is None and shards.are_wanted() and not shards.are_done(claimed):
            shards.plan(claimed)
        else:
            _write(claimed)
    ended = _as_stored(claimed)
    wake_next_costly_one(ended)
    return ended


def _await_writers(run: RefreshRun) -> None:
    """Wait for the transactions that write stays that the segment of `run` refers to.

    A writer that began before the definition was saved marks no customers for the segment, and a
    refresh that reads before that writer commits does not see its entries.
    """
    followed = list(segments_followed_by(run.segment))
    if not followed:
        return
    with keep_lease_alive(run):
        for segment in followed:
            with transaction.atomic():
                lock_members(segment.pk)


def _is_written_from_elsewhere(run: RefreshRun, where: Elsewhere | None) -> bool:
    """Find the members with an engine and write them; return False where the database is to do it.

    A run that already has shards is not given to an engine.
    """
    where = where or snapshot_engine.configured_for(run.segment)
    if where is None or run.as_of is not None or run.shards.exists():
        return False
    try:
        with (
            keep_lease_alive(run) as progress,
            snapshot_engine.find_members(where, run, progress) as found,
        ):
            logger.info("Refresh run %s: found by %s as of %s", run.pk, found.engine, found.as_of)
            _write_members(run, progress, found)
    except NotElsewhere as error:
        logger.warning("Segment %s is refreshed by the database: %s", run.segment.code, error)
        return False
    return True


def _as_stored(run: RefreshRun) -> RefreshRun:
    # The run is gone where the segment was deleted in the meantime.
    return RefreshRun.objects.filter(pk=run.pk).select_related("segment").first() or run


def execute_shard(shard_id: int) -> None:
    """Find the members in one shard; where it is the run's last, write the run's members."""
    shard = RefreshShard.objects.select_related("run").filter(pk=shard_id).first()
    if shard is None:
        return
    with _ending_well(shard.run, settings.REFRESH_ATTEMPTS):
        run = shards.execute_shard(shard_id)
        if run is not None:
            parent = continued_context(ContextKind.REFRESH, run.pk)
            with span(
                "segments.refresh", parent=parent, segment=run.segment.code, run=run.pk
            ) as traced:
                _write(run)
                ended = _as_stored(run)
                traced.set(entered=ended.entered, left=ended.left)


@contextmanager
def _ending_well(run: RefreshRun, attempts: int) -> Iterator[None]:
    """Record the outcome of `run` where the block raises an exception."""
    try:
        yield
    except RunCancelled:
        release(run, outcome=RunState.CANCELLED, finished_at=now())
        shards.forget(run)
    except LeaseLost:
        logger.warning("Refresh run %s: its lease was lost", run.pk)
    except shards.DefinitionChanged:
        release(run, woken_at=None)  # The next tick has the run divided again.
    except snapshot_engine.FAILURES as error:
        # The failed run shows the error to the user who required the engine. It does not count
        # towards the segment's quarantine.
        logger.error("Refresh run %s failed: %s", run.pk, error)
        _fail(run, error, attempts, counts=False)
    except Exception as error:
        logger.exception("Refresh run %s failed", run.pk)
        if isinstance(error, DatabaseError | InterfaceError) and not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        _fail(run, error, attempts)


def _write(run: RefreshRun) -> None:
    """Find the members of the claimed `run` and store them."""
    with keep_lease_alive(run) as progress:
        # Measure before the lock is held, and before customers who are marked for this version are
        # assigned to a lane.
        measure_if_due(run.segment_id)
        _write_members(run, progress)


def _write_members(run: RefreshRun, progress: Progress, found: Found | None = None) -> None:
    with transaction.atomic():
        lock_members(run.segment_id)
        with time_limit(time.monotonic() + settings.REFRESH_TIMEOUT_SECONDS):
            _refresh(run, progress, found)


def _refresh(run: RefreshRun, progress: Progress, found: Found | None) -> None:
    planned = run.shards.first()
    put_aside = found or planned
    as_of = put_aside.as_of if put_aside else run.as_of or now()
    if not put_aside:
        will_see_owed(run)
    segment, members = _read_definition(run, as_of)
    if put_aside and put_aside.version != segment.version:
        raise shards.DefinitionChanged
    if planned:
        members = shards.found_members(run)
    if not segment.is_active:
        error = str(SegmentInactive(segment))
        finish(run, outcome=RunState.CANCELLED, finished_at=now(), error=error)
        return
    progress.note(version=segment.version)
    at = now()
    wanted = (
        snapshot_engine.wanted_statement(rule_of(segment), found, at=at)
        if found
        else wanted_by(segment.pk, members)
    )
    reason = _reason(run, segment)
    diff = apply_diff([segment], wanted, at=at, run=run, reason=reason, progress=progress)
    snapshot_engine.forget(found)
    trees = trees_of(segment)
    values = {
        "members_version": segment.version,
        "refreshed_at": at,
        "as_of": as_of,
        "follows_clock": run.as_of is None and not needs_refreshes(trees),
        "compares_customers": compares_customers(trees),
        "failures_count": 0,
        "quarantined_at": None,
        "quarantine_reason": "",
    }
    if not Segment.objects.filter(pk=segment.pk).update(**values):
        raise Segment.DoesNotExist  # Deleted by other means: roll everything back.
    OwedRefresh.objects.filter(segment=segment, run_id=run.pk).delete()
    counts = diff.counts_of(segment)
    count = Segment.objects.values_list("members_count", flat=True).get(pk=segment.pk)
    # `finish` checks the fencing number in the transaction that writes the members.
    finish(
        run,
        outcome=RunState.COMPLETED,
        finished_at=now(),
        entered=counts.entered,
        left=counts.left,
        done=count,
        total=count,
        version=segment.version,
        as_of=as_of,
        engine=found.engine if found else "",
        error="",
    )
    progress.end()
    shards.forget(run)
    transaction.on_commit(partial(announce_end, run.pk, diff), robust=True)


def _reason(run: RefreshRun, segment: Segment) -> ChangeReason:
    """Return the reason to log for changes by `run`: the weightiest one of its owed refreshes."""
    if segment.members_version is None:  # The first refresh of a new segment.
        return ChangeReason.REFRESH
    owed = OwedRefresh.objects.filter(segment=segment, run_id=run.pk)
    reasons = set(owed.values_list("reason", flat=True))
    if segment.members_version != segment.version:
        reasons.add(ChangeReason.DEFINITION)
    weighty = (ChangeReason.DEFINITION, ChangeReason.MANUAL)
    return next((reason for reason in weighty if reason in reasons), ChangeReason.REFRESH)


def _read_definition(run: RefreshRun, as_of: datetime) -> tuple[Segment, QuerySet[Customer]]:
    """Return the segment and the query for its members, both of one version."""
    while True:
        segment = Segment.objects.get(pk=run.segment_id)
        run.version = segment.version
        members = members_of(segment, as_of=as_of)
        # Websites and groups are read by separate queries; a save may have committed between them.
        if Segment.objects.filter(pk=segment.pk, version=segment.version).exists():
            return segment, members


def _fail(run: RefreshRun, error: Exception, attempts: int, *, counts: bool = True) -> None:
    """Schedule another attempt of `run`, or end it as failed.

    If `counts`, the failure adds to the segment's number of failures.
    """
    invalid = isinstance(error, InvalidTree)
    values = {"version": run.version, "error": str(error) or type(error).__name__}
    if run.attempts < attempts and not invalid:
        release(
            run, not_before=now() + FIRST_DELAY * 2 ** (run.attempts - 1), woken_at=None, **values
        )
        return
    ended = {"outcome": RunState.FAILED, "finished_at": now(), "is_definition_invalid": invalid}
    shards.forget(run)
    if release(run, **ended, **values) and counts:
        _count_failure(run, values["error"])


def _count_failure(run: RefreshRun, error: object) -> None:
    """Count a run that failed for good; quarantine the segment after too many of them."""
    segments = Segment.objects.filter(pk=run.segment_id)
    segments.update(failures_count=F("failures_count") + 1)
    failing = segments.filter(
        failures_count__gte=settings.QUARANTINE_FAILURES, quarantined_at__isnull=True
    )
    with transaction.atomic():
        if failing.update(quarantined_at=now(), quarantine_reason=error):
            # Changes do not reach a segment in quarantine, even if the run that ends the quarantine
            # fails at first; so a refresh is owed.
            leave_to_refresh(segments)


def announce_end(run_id: int, diff: Diff) -> None:
    """Send the signals of a completed run, unless it was deleted together with its segment."""
    run = RefreshRun.objects.filter(pk=run_id).select_related("segment").first()
    if run is None:
        return
    announce(run.segment, run, after=diff.after, last=diff.last)
    segment_refreshed.send_robust(Segment, segment=run.segment, run=run)
