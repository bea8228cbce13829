"""The nightly upkeep: figures compared with what they should be, old history removed."""

import logging
from datetime import timedelta

from django.conf import settings

from conditions import rollup
from customers.clock import now
from customers.models import AuditEntry
from segments.change_log import purge_changes
from segments.models import RefreshRun, SegmentSize, Watermark

logger = logging.getLogger(__name__)

RECONCILED = "roll-ups reconciled"


def reconcile() -> int:
    """Correct the customers' figures where they are not as they should be; return how many were.

    There should be none, so the number is noted, for the metrics. Whoever is corrected is marked,
    so that members whom wrong figures have chosen are put right at once.
    """
    drift = rollup.reconcile()
    Watermark.objects.update_or_create(name=RECONCILED, defaults={"at": now(), "number": drift})
    if drift:
        logger.error("The figures of %s customers were not as they should be", drift)
    return drift


def purge() -> None:
    """Delete what is older than the settings keep: runs, changes, sizes by day, the audit log."""
    at = now()
    runs = RefreshRun.objects.exclude(outcome="").filter(
        finished_at__lt=at - timedelta(days=settings.KEEP_RUNS_DAYS)
    )
    runs._raw_delete(runs.db)
    purge_changes(before=at - timedelta(days=settings.KEEP_CHANGES_DAYS))
    SegmentSize.objects.filter(
        day__lt=(at - timedelta(days=settings.KEEP_CHANGES_DAYS)).date()
    ).delete()
    if settings.KEEP_AUDIT_DAYS:
        audit = AuditEntry.objects.filter(at__lt=at - timedelta(days=settings.KEEP_AUDIT_DAYS))
        audit._raw_delete(audit.db)
