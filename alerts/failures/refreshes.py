"""Failures of refreshes: quarantined segments, and members that are out of date."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Q

from alerts.failures.findings import FailureCheck, Finding
from alerts.models import AlertKind
from segments.models import Segment
from segments.models.cron import last_time

STALE_FOR = timedelta(hours=26)
# A refresh that its schedule asks for has so long to end.
GRACE = timedelta(hours=2)


def find_quarantined(at: datetime) -> Iterator[Finding]:
    """Yield the active segments whose refreshes fail again and again."""
    for segment in Segment.objects.filter(is_active=True, quarantined_at__lte=at):
        details = {"error": segment.quarantine_reason}
        yield Finding(AlertKind.REFRESH_FAILED, segment, details=details)


def find_stale(at: datetime) -> Iterator[Finding]:
    """Yield automatic segments that are stale for 26 hours, or missed a refresh by schedule."""
    automatic = Segment.objects.automatic().filter(quarantined_at=None).with_owed_refresh()
    differs = Q(members_version=None) | ~Q(members_version=F("version"))
    differs |= Q(follows_clock=False) | Q(owed_refresh=True)
    last_times: dict[str, datetime | None] = {}
    for segment in automatic.alias(differs=differs).annotate(differs=differs).defer("conditions"):
        since = segment.refreshed_at or segment.created_at
        changed = max(since, segment.updated_at) if segment.differs else None
        schedule = segment.refresh_schedule or f"0 {settings.NIGHTLY_REFRESH_HOUR} * * *"
        if schedule not in last_times:
            zone = settings.DEFAULT_TIME_ZONE
            last_times[schedule] = last_time(schedule, at=at - GRACE, zone=zone)
        due = last_times[schedule]
        if (changed and changed <= at - STALE_FOR) or (due and since < due):
            yield Finding(AlertKind.STALE, segment, details={"since": since.isoformat()})


QUARANTINED = FailureCheck(AlertKind.REFRESH_FAILED, find_quarantined)
STALE = FailureCheck(AlertKind.STALE, find_stale)
