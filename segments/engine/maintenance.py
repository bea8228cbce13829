"""The nightly upkeep: figures compared with what they should be, old history removed."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from conditions.upkeep import rollup
from core.clock import now
from customers.models import AuditEntry
from segments.database.partitions import analyze, make_ahead
from segments.engine.change_log import delete_purged, newest_number, purge_changes
from segments.engine.dependents import dependents_of
from segments.engine.runs import leave_to_refresh
from segments.engine.since_snapshot import forget_seen
from segments.models import Export, ExportAudit, RefreshRun, SegmentSize, Watermark
from segments.models.watermark import Work, is_time_for
from segments.rules.stays import asking_for_stays

logger = logging.getLogger(__name__)

# What the change log is like as a whole changes slowly, and a big one takes minutes to look at.
ANALYZE_EVERY = timedelta(days=7)


def reconcile() -> int:
    """Correct the customers' figures where they are not as they should be; return how many were.

    There should be none, so the number is noted, for the metrics. Whoever is corrected is marked,
    so that members whom wrong figures have chosen are put right at once.
    """
    drift = rollup.reconcile()
    Watermark.objects.update_or_create(name=Work.RECONCILE, defaults={"at": now(), "number": drift})
    if drift:
        logger.error("The figures of %s customers were not as they should be", drift)
    return drift


def keep_partitions() -> None:
    """Make the change log's partitions that come next, and delete what a purge had to leave."""
    make_ahead(newest_number())
    if delete_purged():
        _refresh_stays()


def _refresh_stays() -> None:
    """Refresh the segments that ask for stays, some of which are no longer in the log."""
    with transaction.atomic():
        asking = list(asking_for_stays())
        leave_to_refresh([*asking, *dependents_of(asking)])


def purge() -> None:
    """Delete what is older than the settings keep: runs, exports, changes, sizes by day, audits.

    And who has changed since shop snapshots that newer ones have followed.
    """
    at = now()
    before = at - timedelta(days=settings.KEEP_RUNS_DAYS)
    for work in (RefreshRun, Export):
        ended = work._default_manager.exclude(outcome="").filter(finished_at__lt=before)
        ended._raw_delete(ended.db)
    forget_seen()
    purged = purge_changes(
        before=at - timedelta(days=settings.KEEP_CHANGES_DAYS),
        wait=timedelta(days=settings.CHANGES_WAIT_DAYS),
    )
    if purged:
        _refresh_stays()
    if is_time_for(Work.ANALYZE, every=ANALYZE_EVERY):
        analyze()
    SegmentSize.objects.filter(
        day__lt=(at - timedelta(days=settings.KEEP_CHANGES_DAYS)).date()
    ).delete()
    if settings.KEEP_AUDIT_DAYS:
        before = at - timedelta(days=settings.KEEP_AUDIT_DAYS)
        for model in (AuditEntry, ExportAudit):
            old = model._default_manager.filter(at__lt=before)
            old._raw_delete(old.db)
