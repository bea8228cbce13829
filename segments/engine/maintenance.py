"""The nightly upkeep: figures compared with what they should be, old history removed."""

import logging
from datetime import timedelta

from django.conf import settings

from conditions.upkeep import rollup
from customers.clock import now
from customers.models import AuditEntry
from segments.engine.change_log import purge_changes
from segments.models import Export, ExportAudit, RefreshRun, SegmentSize, Watermark
from segments.models.watermark import Work

logger = logging.getLogger(__name__)


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


def purge() -> None:
    """Delete what is older than the settings keep: runs, exports, changes, sizes by day, audits."""
    at = now()
    before = at - timedelta(days=settings.KEEP_RUNS_DAYS)
    for work in (RefreshRun, Export):
        ended = work._default_manager.exclude(outcome="").filter(finished_at__lt=before)
        ended._raw_delete(ended.db)
    purge_changes(before=at - timedelta(days=settings.KEEP_CHANGES_DAYS))
    SegmentSize.objects.filter(
        day__lt=(at - timedelta(days=settings.KEEP_CHANGES_DAYS)).date()
    ).delete()
    if settings.KEEP_AUDIT_DAYS:
        before = at - timedelta(days=settings.KEEP_AUDIT_DAYS)
        for model in (AuditEntry, ExportAudit):
            old = model._default_manager.filter(at__lt=before)
            old._raw_delete(old.db)
