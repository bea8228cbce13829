"""Conversion of Anymail's events to reports, as `mail/events/` takes them."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from campaigns.models import Message
from campaigns.provider_webhooks.bounces import is_hard
from campaigns.results.provider_reports import Report, ReportType
from campaigns.transports.esp import BY_TAG, REFERENCE, reference_of
from core.clock import FIRST_CLOCK
from core.text.json_documents import can_be_stored

# Types of Anymail's; of the others (queued, deferred...) something more is to come, or nothing.
TYPES = {
    "delivered": ReportType.DELIVERED,
    "bounced": ReportType.BOUNCED,
    "complained": ReportType.COMPLAINED,
    "unsubscribed": ReportType.UNSUBSCRIBED,
    "opened": ReportType.OPENED,
    "clicked": ReportType.CLICKED,
}
# Types of events for mails that a provider did not try, or gave up; Anymail adds the reason.
NOT_SENT = ("rejected", "failed")
NOT_SENT_TYPES = {"spam": ReportType.COMPLAINED, "unsubscribed": ReportType.UNSUBSCRIBED}
# No key of ours has more digits.
MOST_DIGITS = 18


def reports_in(events: Iterable[Any], esp: str, received: datetime) -> list[Report]:
    """Return the reports in Anymail's tracking events of the provider `esp`, by their references.

    `received` (aware) replaces a time that is missing or is no time: events are not reliable. An
    event of an unexpected shape raises whatever Python raises for it.
    """
    return [
        Report(
            id=_id_of(event, esp),
            message_id=_reference(event, esp),
            type=kind,
            at=_time_of(event, received),
            is_hard=kind == ReportType.BOUNCED and _is_hard(event, esp),
            is_machine=kind == ReportType.OPENED and _is_machine(event),
        )
        for event in events
        if (kind := _type_of(event)) is not None
    ]


def with_message_ids(reports: Sequence[Report]) -> list[Report]:
    """Return `reports` by the Message-IDs that their references stand for, where there are any."""
    keys = {report.message_id.partition(".")[0] for report in reports}
    numbers = [int(key) for key in keys if key.isascii() and key.isdigit()]
    rows = Message.objects.filter(pk__in=[one for one in numbers if one < 10**MOST_DIGITS])
    found = rows.exclude(message_id=None).values_list("message_id", flat=True)
    known = {reference_of(one): one for one in found if one is not None}
    return [replace(one, message_id=known.get(one.message_id, one.message_id)) for one in reports]


def _type_of(event: Any) -> ReportType | None:
    if event.event_type in NOT_SENT:
        return NOT_SENT_TYPES.get(event.reject_reason, ReportType.BOUNCED)
    return TYPES.get(event.event_type)


def _is_hard(event: Any, esp: str) -> bool:
    # Postal calls it failed when a server refuses an address for good.
    return (esp == "postal" and event.event_type == "failed") or is_hard(esp, event)


def _is_machine(event: Any) -> bool:
    """Return whether a provider says that no person has opened the mail (SendGrid does)."""
    report = event.esp_event
    return isinstance(report, Mapping) and report.get("sg_machine_open") is True


def _reference(event: Any, esp: str) -> str:
    """Return what the event names its message by; "?" where that can be none of ours."""
    if esp in BY_TAG:
        named = next(iter(event.tags or ()), None)
    else:
        named = event.metadata.get(REFERENCE) if isinstance(event.metadata, Mapping) else None
    # Some providers keep our Message-ID.
    found = event.message_id if named is None else named
    return found.strip("<>") if isinstance(found, str) and can_be_stored(found) else "?"


def _id_of(event: Any, esp: str) -> str:
    """Return an identifier of the event: a hash of its own id, or of its whole content without an
    id.
    """
    told = event.event_id or json.dumps(event.esp_event, sort_keys=True, default=str)
    digest = hashlib.sha256(str(told).encode("utf-8", "surrogatepass")).hexdigest()
    return f"{esp}:{event.event_type}:{digest}"


def _time_of(event: Any, received: datetime) -> datetime:
    at = event.timestamp
    if not isinstance(at, datetime) or at.tzinfo is None:
        return received
    return at if FIRST_CLOCK <= at <= received else received
