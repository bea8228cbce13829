"""Alerts as JSON, for responses of the API and for webhooks."""

from datetime import datetime
from typing import Any

from alerts.models import Alert
from alerts.words import describe_alert


def alert_document(alert: Alert) -> dict[str, Any]:
    """Return the alert by its public names; wants its segment and resolver selected.

    Times are ISO 8601 with their offset, `change_percent` is against the expected size.
    """
    return {
        "id": alert.pk,
        "kind": alert.kind,
        "segment": alert.segment.code if alert.segment else None,
        "at": _instant(alert.at),
        "state": alert.state,
        "size": alert.size,
        "expected": alert.expected,
        "low": alert.low,
        "high": alert.high,
        "change_percent": alert.change_percent,
        "cause": alert.cause or None,
        "also": alert.also,
        "sentence": describe_alert(alert),
        "resolved_at": _instant(alert.resolved_at),
        "resolved_by": alert.resolved_by.get_username() if alert.resolved_by else None,
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")
