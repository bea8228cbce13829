"""Reports of mail providers about messages: delivered, bounced, complained and the like.

Reports come in any order, and more than once: each counts once, by its id.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from django.apps import apps
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from campaigns import models
from campaigns.consent.addresses import hash_of
from campaigns.consent.suppression import suppress
from campaigns.consent.unsubscribing import unsubscribe
from campaigns.delivery.sent_messages import mark_sent
from campaigns.models import (
    Campaign,
    Message,
    MessageState,
    ReportedEvent,
    SoftBounce,
    SuppressionReason,
)
from campaigns.results.touches import source_of
from core.database.deadlock_retries import tried_again
from customers.models import Purpose
from customers.privacy.consent import refusing

# The maximum of reports in one request.
MOST = 1_000
# The maximum of reports in one transaction, which is also the maximum of behaviours at once.
BLOCK = 100
TRIES = 5
# An address is suppressed after so many temporary bounces within so long.
SOFT_BOUNCES, WITHIN = 3, timedelta(days=30)
TRACKED = ("opened_at", "opens", "person_opened_at", "clicked_at", "clicks")


class ReportType(StrEnum):
    """The type of a report."""

    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    OPENED = "opened"
    CLICKED = "clicked"


# Types that are stored in blocks; a transaction has the reports of one line, or one other report.
IN_NUMBERS = ((ReportType.DELIVERED,), (ReportType.OPENED, ReportType.CLICKED))


@dataclass(frozen=True)
class Report:
    """One report: its own id, the message, the type and the time (aware); whether a bounce is hard.

    `is_machine`: an open that the provider takes for a machine's, such as of a mail proxy.
    """

    id: str
    message_id: str
    type: ReportType
    at: datetime
    is_hard: bool = False
    is_machine: bool = False

    @property
    def hash(self) -> str:
        """The hash of the report's id, which is stored instead of the id."""
        return hashlib.sha256(self.id.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass
class Noted:
    """The numbers of new reports, of reports known before, and of reports of unknown messages."""

    accepted: int = 0
    duplicates: int = 0
    unknown: int = 0


def note_reports(reports: Sequence[Report], at: datetime) -> Noted:
    """Note `reports`, received at `at` (aware): what comes in numbers in blocks, the others singly.

    Each block is a transaction of its own, with the ids that it makes known.
    """
    noted = Noted()
    for block in _blocks(reports):
        # Another process may store the same reports concurrently.
        found = tried_again(partial(_note_block, block, at), tries=TRIES, also=IntegrityError)
        noted.accepted += found.accepted
        noted.duplicates += found.duplicates
        noted.unknown += found.unknown
    return noted


def _blocks(reports: Sequence[Report]) -> Iterator[list[Report]]:
    for kinds in IN_NUMBERS:
        of_kinds = [one for one in reports if one.type in kinds]
        for start in range(0, len(of_kinds), BLOCK):
            yield of_kinds[start : start + BLOCK]
    together = {kind for kinds in IN_NUMBERS for kind in kinds}
    yield from ([one] for one in reports if one.type not in together)


@transaction.atomic
def _note_block(block: Sequence[Report], at: datetime) -> Noted:
    fresh = _made_known(block, at)
    rows = Message.objects.select_related("campaign", "sequence", "customer")
    messages = {
        one.message_id: one for one in rows.filter(message_id__in={one.message_id for one in fresh})
    }
    known = [(one, messages[one.message_id]) for one in fresh if one.message_id in messages]
    if known:
        _note(known, at)
    return Noted(len(known), len(block) - len(fresh), len(fresh) - len(known))


def _made_known(block: Sequence[Report], at: datetime) -> list[Report]:
    """Store the ids of new reports, and return these reports."""
    by_hash: dict[str, Report] = {}
    for one in block:
        by_hash.setdefault(one.hash, one)
    known = ReportedEvent.objects.filter(hash__in=by_hash).values_list("hash", flat=True)
    fresh = set(by_hash) - set(known)
    # Sorted, so that concurrent transactions insert in the same order and do not deadlock.
    ReportedEvent.objects.bulk_create(ReportedEvent(hash=one, at=at) for one in sorted(fresh))
    return [one for hash_, one in by_hash.items() if hash_ in fresh]


def _note(known: Sequence[tuple[Report, Message]], at: datetime) -> None:
    """Store one block of reports."""
    match known[0][0].type:
        case ReportType.DELIVERED:
            _have_arrived(known)
        case ReportType.OPENED | ReportType.CLICKED:
            _note_behaviors(known, at)
            _note_tracked(known)
            _count(known)
        case _:
            for report, message in known:
                _note_one(report, message, at)


def _note_one(report: Report, message: Message, at: datetime) -> None:
    # The sender may be writing the state of the message; only the columns named here are written.
    rows = Message.objects.filter(pk=message.pk)
    match report.type:
        case ReportType.BOUNCED if report.is_hard:
            _note_first(rows, "bounced_at", report.at)
            _suppress(message, SuppressionReason.HARD_BOUNCE, at)
        case ReportType.BOUNCED:
            _note_first(rows, "bounced_at", report.at)
            _count_soft(message, report.at, at)
        case ReportType.COMPLAINED:
            _note_first(rows, "complained_at", report.at)
            _suppress(message, SuppressionReason.COMPLAINT, at)
        case ReportType.UNSUBSCRIBED:
            # The earlier time: the customer may have subscribed again before the report came.
            unsubscribe(message, min(report.at, at))


def _note_first(rows: QuerySet[Message], column: str, at: datetime) -> None:
    """Set `column` of `rows` to `at`, unless it has an earlier time: reports come in any order."""
    later = Q(**{column: None}) | Q(**{f"{column}__gt": at})
    rows.filter(later).update(**{column: at})


def _note_tracked(known: Sequence[tuple[Report, Message]]) -> None:
    """Store the first opens and clicks, and their numbers, unless the customer refuses tracking.

    A refusal that is stored at the same time empties the columns again (`campaigns.conditions`).
    """
    tracked = Message.objects.exclude(customer=None).exclude(refusing(Purpose.TRACKING, "customer"))
    keys = sorted({message.pk for _report, message in known})
    rows = tracked.filter(pk__in=keys).order_by("pk").select_for_update(of=("self",), no_key=True)
    found = {row.pk: row for row in rows.only("pk", *TRACKED)}
    for report, message in known:
        row = found.get(message.pk)
        if row is None:
            continue
        if report.type == ReportType.OPENED:
            row.opened_at = min(row.opened_at or report.at, report.at)
            row.opens += 1
            if not report.is_machine:
                row.person_opened_at = max(row.person_opened_at or report.at, report.at)
        else:
            row.clicked_at = min(row.clicked_at or report.at, report.at)
            row.clicks += 1
    Message.objects.bulk_update(found.values(), TRACKED)


def _have_arrived(known: Sequence[tuple[Report, Message]]) -> None:
    first: dict[int, datetime] = {}
    for report, message in known:
        first[message.pk] = min(first.get(message.pk, report.at), report.at)
    rows = Message.objects.filter(pk__in=first)
    unsent = rows.exclude(state=MessageState.SENT)
    # A delivered message counts as sent, whatever its state was and even while it is handed over
    # once more, so that no sender hands it over (again). Messages with a variant come first:
    # their customers are locked.
    for message in unsent.exclude(variant="").order_by("pk"):
        mark_sent(message, unsent.filter(pk=message.pk))
    missing = list(rows.order_by("pk").select_for_update(no_key=True).only("pk", "delivered_at"))
    for row in missing:
        row.delivered_at = min(row.delivered_at or first[row.pk], first[row.pk])
    Message.objects.bulk_update(missing, ["delivered_at"])
    unsent.update(state=MessageState.SENT, reason="", sent_at=F("claimed_at"), lease_until=None)


def _count(known: Sequence[tuple[Report, Message]]) -> None:
    """Count opens and clicks without noting who did so."""
    for model, name in ((Campaign, "campaign_id"), (models.Sequence, "sequence_id")):
        times = Counter((getattr(message, name), report.type) for report, message in known)
        for (pk, kind), number in sorted((key, n) for key, n in times.items() if key[0]):
            column = kind.value
            model.objects.filter(pk=pk).update(**{column: F(column) + number})


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


def _note_behaviors(known: Sequence[tuple[Report, Message]], at: datetime) -> None:
    """Pass opens and clicks to personalization, if it is installed, which checks consent."""
    if not apps.is_installed("personalization"):
        return
    from core.problems import Invalid
    from personalization.intake.receiving import Caller, receive

    behaviors = [
        {
            "id": report.hash,
            "behavior_type": f"email_{report.type.value}",
            "customer_id": message.customer.external_id,
            "occurred_at": report.at.isoformat(),
            "data": {"campaign": source},
        }
        for report, message in known
        # An open by a machine is no behaviour of the customer.
        if message.customer is not None and not report.is_machine and (source := source_of(message))
    ]
    if not behaviors:
        return
    try:
        receive(behaviors, Caller(), at=at)
    except Invalid:
        # All behaviours are too old, or of deleted customers: only their counts are kept.
        return
