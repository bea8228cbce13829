"""The nightly upkeep: old history removed."""

from datetime import timedelta

from django.conf import settings

from customers.clock import now
from segments.change_log import purge_changes
from segments.models import RefreshRun, SegmentSize


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
