"""The nightly upkeep: corrects wrong roll-ups and deletes old history."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from conditions.upkeep import rollup
from core.clock import now
from customers.models import AuditEntry
from segments.database.partitions import analyze, make_ahead
from segments.engine.dependents import dependents_of
from segments.engine.members.change_log import delete_purged, newest_number, purge_changes
from segments.engine.refreshes.runs import leave_to_refresh
from segments.engine.since_snapshot import forget_seen
from segments.models import Export, ExportAudit, RefreshRun, SegmentSize, Watermark
from segments.models.work.watermark import Work, is_time_for
from segments.rules.in_conditions.stays import asking_for_stays

logger = logging.getLogger(__name__)

# The statistics of the change log change slowly, and ANALYZE takes minutes on a big log.
ANALYZE_EVERY = timedelta(days=7)


def reconcile() -> int:
    """Correct the customers' roll-ups that are wrong, and return how many were.

    There should be none, so the number is stored for the metrics. The corrected customers are
    marked, so that memberships based on the wrong figures are corrected at once.
    """
    drift = rollup.reconcile()
    Watermark.objects.update_or_create(name=Work.RECONCILE, defaults={"at": now(), "number": drift})
    if drift:
        logger.error("The figures of %s customers were not as they should be", drift)
    return drift


def keep_partitions() -> None:
    """Create the change log's next partitions, and delete what an earlier purge had to leave."""
    make_ahead(newest_number())
    if delete_purged():
        _refresh_stays()


def _refresh_stays() -> None:
    """Refresh the segments that refer to stays, because some stays are no longer in the log."""
    with transaction.atomic():
        asking = list(asking_for_stays())
        leave_to_refresh([*asking, *dependents_of(asking)])


def purge() -> None:
    """Delete runs, exports, changes, daily sizes and audit entries older than the settings keep.

    Also delete the notes of changed customers that every shop snapshot already contains.
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
