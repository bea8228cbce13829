"""Failures of audience syncs; needs the app of mail."""

from collections.abc import Iterator
from datetime import datetime

from alerts.failures.findings import FailureCheck, Finding
from alerts.models import AlertKind
from campaigns.models import AudienceSync
from core.database.sentence_field import stored_text


def find_syncs(at: datetime) -> Iterator[Finding]:
    """Yield the syncs that stopped by themselves."""
    stopped = AudienceSync.objects.filter(is_active=False).exclude(error="")
    for sync in stopped.select_related("segment"):
        details = {"name": str(sync), "error": stored_text(sync.error)}
        yield Finding(AlertKind.SYNC_FAILED, sync.segment, f"sync {sync.pk}", details)


SYNCS = FailureCheck(AlertKind.SYNC_FAILED, find_syncs)
