"""What mail providers report of messages: delivered, bounced, complained and the like.

Reports come in any order, and more than once: each counts once, by its id.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.apps import apps
from django.db import transaction
from django.db.models import F, Q

from campaigns import models
from campaigns.addresses import hash_of
from campaigns.models import (
    Campaign,
    Message,
    MessageState,
    ReportedEvent,
    SoftBounce,
    SuppressionReason,
)
from campaigns.sent import mark_sent
from campaigns.suppression import suppress
from campaigns.touches import source_of
from campaigns.unsubscribing import unsubscribe

# So many bounces for now, within so long, suppress an address.
SOFT_BOUNCES, WITHIN = 3, timedelta(days=30)


class ReportType(StrEnum):
    """What is reported."""

    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    OPENED = "opened"
    CLICKED = "clicked"


@dataclass(frozen=True)
class Report:
    """One report: its own id, whose message, what and when (aware); hard or soft of a bounce."""

    id: str
    message_id: str
    type: ReportType
    at: datetime
    is_hard: bool = False

    @property
    def hash(self) -> str:
        """What of its id is stored."""
        return hashlib.sha256(self.id.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass
class Noted:
    """How many reports were new, known already, and of messages that nobody knows."""

    accepted: int = 0
    duplicates: int = 0
    unknown: int = 0


def note_reports(reports: Sequence[Report], at: datetime) -> Noted:
    """Note `reports`, received at `at` (aware), each in a transaction of its own."""
    noted = Noted()
    for report in reports:
        with transaction.atomic():
            _event, is_new = ReportedEvent.objects.get_or_create(
                hash=report.hash, defaults={"at": at}
            )
            if not is_new:
                noted.duplicates += 1
                continue
            rows = Message.objects.select_related("campaign", "sequence", "customer")
            message = rows.filter(message_id=report.message_id).first()
            if message is None:
                noted.unknown += 1
                continue
            _note(report, message, at)
            noted.accepted += 1
    return noted


def _note(report: Report, message: Message, at: datetime) -> None:
    # Whoever sends it may be writing its state; only what is named here is written.
    rows = Message.objects.filter(pk=message.pk)
    match report.type:
        case ReportType.DELIVERED:
            rows.filter(delivered_at=None).update(delivered_at=report.at)
            # Whatever it was taken for, and even while it is handed over once more: it has arrived,
            # so that nobody hands it over (again).
            if message.state != MessageState.SENT:
                mark_sent(message, rows.exclude(state=MessageState.SENT))
        case ReportType.BOUNCED if report.is_hard:
            rows.filter(bounced_at=None).update(bounced_at=report.at)
            _suppress(message, SuppressionReason.HARD_BOUNCE, at)
        case ReportType.BOUNCED:
            rows.filter(bounced_at=None).update(bounced_at=report.at)
            _count_soft(message, report.at, at)
        case ReportType.COMPLAINED:
            rows.filter(complained_at=None).update(complained_at=report.at)
            _suppress(message, SuppressionReason.COMPLAINT, at)
        case ReportType.UNSUBSCRIBED:
            unsubscribe(message, at)
        case ReportType.OPENED | ReportType.CLICKED:
            name = report.type.value
            for model, pk in (
                (Campaign, message.campaign_id),
                (models.Sequence, message.sequence_id),
            ):
                model.objects.filter(pk=pk or 0).update(**{name: F(name) + 1})
            _note_behavior(report, message, at)


def _suppress(message: Message, reason: SuppressionReason, at: datetime) -> None:
    if message.address:
        suppress(message.address, reason, at)


def _count_soft(message: Message, bounced: datetime, at: datetime) -> None:
    if not message.address:
        return
    address = hash_of(message.address)
    SoftBounce.objects.create(address_hash=address, at=bounced)
    near = Q(at__gt=bounced - WITHIN, at__lt=bounced + WITHIN)
    times = SoftBounce.objects.filter(near, address_hash=address).order_by("at")
    found = list(times.values_list("at", flat=True))
    # Reports come in any order: any three within the time count.
    spans = zip(found, found[SOFT_BOUNCES - 1 :], strict=False)
    if any(last - first < WITHIN for first, last in spans):
        suppress(message.address, SuppressionReason.SOFT_BOUNCES, at)


def _note_behavior(report: Report, message: Message, at: datetime) -> None:
    """Note what the customer did where there is somebody who notes it; consent is asked there."""
    source = source_of(message)
    if message.customer is None or not source:
        return
    if not apps.is_installed("personalization"):
        return
    from customers.problems import Invalid
    from personalization.intake.receiving import Caller, receive

    behavior = {
        "id": report.hash,
        "behavior_type": f"email_{report.type.value}",
        "customer_id": message.customer.external_id,
        "occurred_at": report.at.isoformat(),
        "data": {"campaign": source},
    }
    try:
        receive(behavior, Caller(), at=at)
    except Invalid:
        # One that is too old, or of somebody who has gone: it is counted, and that is all.
        return
