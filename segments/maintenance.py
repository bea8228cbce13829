"""The nightly upkeep: roll-ups compared with a fresh computation, old history removed."""

import logging
from datetime import timedelta

from django.conf import settings

from conditions import rollup
from customers.clock import now
from segments.change_log import purge_changes
from segments.models import RefreshRun, SegmentSize, Watermark

logger = logging.getLogger(__name__)

# How many roll-ups the last reconciliation had to correct, and when that was.
DRIFT = "drift"


def reconcile() -> int:
    """Correct the roll-ups that differ from a fresh computation; return how many did.

    None should: a number above 0 means that some write was not noticed, and is reported as drift.
    """
    drift = rollup.reconcile()
    if drift:
        logger.error("Drift: %s roll-ups were not what the shop's data says; corrected", drift)
    Watermark.objects.update_or_create(name=DRIFT, defaults={"at": now(), "number": drift})
    return drift


def purge() -> None:
    """Delete what is older than the settings keep: finished runs, the change log, sizes by day."""
    at = now()
    runs = RefreshRun.objects.exclude(outcome="").filter(
        finished_at__lt=at - timedelta(days=settings.KEEP_RUNS_DAYS)
    )
    runs._raw_delete(runs.db)
    purge_changes(before=at - timedelta(days=settings.KEEP_CHANGES_DAYS))
    SegmentSize.objects.filter(
        day__lt=(at - timedelta(days=settings.KEEP_CHANGES_DAYS)).date()
    ).delete()
