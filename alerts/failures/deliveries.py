"""Failures of deliveries: webhooks that were turned off, exports that failed."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Max

from alerts.failures.findings import FailureCheck, Finding
from alerts.models import AlertKind
from core.database.sentence_field import stored_text
from segments.models import Export, RunState, ScheduledExport, WebhookEndpoint

# A failed export that a person requested once is shown for this long.
SHOWN_FOR = timedelta(days=7)


def find_webhooks(at: datetime) -> Iterator[Finding]:
    """Yield the webhooks that were turned off automatically."""
    for endpoint in WebhookEndpoint.objects.filter(is_active=False).exclude(disabled_reason=""):
        details = {"name": endpoint.name, "error": stored_text(endpoint.disabled_reason)}
        yield Finding(AlertKind.WEBHOOK_OFF, about=f"webhook {endpoint.pk}", details=details)


def find_exports(at: datetime) -> Iterator[Finding]:
    """Yield failed scheduled exports, and segments whose latest export failed."""
    scheduled = ScheduledExport.objects.filter(is_active=True).exclude(error="")
    for one in scheduled.select_related("segment"):
        details = {"name": one.name, "error": stored_text(one.error)}
        about = f"scheduled {one.pk}"
        yield Finding(AlertKind.EXPORT_FAILED, one.segment, about, details)
    ended = Export.objects.filter(scheduled=None).exclude(outcome__in=("", RunState.CANCELLED))
    latest = ended.values("segment").annotate(latest=Max("pk")).values("latest")
    failed = Export.objects.filter(
        pk__in=latest, outcome=RunState.FAILED, finished_at__gt=at - SHOWN_FOR
    )
    for export in failed.select_related("segment"):
        details = {"name": export.segment.name, "error": stored_text(export.error)}
        yield Finding(AlertKind.EXPORT_FAILED, export.segment, details=details)


WEBHOOKS = FailureCheck(AlertKind.WEBHOOK_OFF, find_webhooks)
EXPORTS = FailureCheck(AlertKind.EXPORT_FAILED, find_exports)
