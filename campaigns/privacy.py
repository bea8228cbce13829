"""Customers' data in campaigns: their sent and pending messages, and their runs.

After an erasure, the state and the day of each message are kept, so that reports stay as they were;
the address is suppressed until somebody subscribes with it again.
"""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from campaigns.consent.addresses import is_valid
from campaigns.consent.suppression import suppress
from campaigns.content.message_coupons import ISSUER
from campaigns.models import (
    OPEN,
    HeldOut,
    Message,
    MessageReason,
    MessageState,
    ReportedEvent,
    Run,
    SoftBounce,
    SuppressionReason,
)
from campaigns.results.provider_reports import WITHIN
from campaigns.sequences.ending import skip
from campaigns.sequences.frequency_cap import count_purged
from core.clock import now
from customers.models import Customer
from customers.privacy.holdings import HOLDINGS, Holding, Person, Rows
from customers.privacy.retention import RULES, Rule
from price_rules.coupons.uses import with_uses
from price_rules.models import Coupon

TIMES = (
    "due_at",
    "claimed_at",
    "sent_at",
    "delivered_at",
    "bounced_at",
    "complained_at",
    "unsubscribed_at",
    "opened_at",
    "person_opened_at",
    "clicked_at",
)
# Messages of a sequence expire in these states; messages in other states have yet to be decided.
KNOWN = (MessageState.SENT, MessageState.FAILED, MessageState.SKIPPED)


def register() -> None:
    """Register the models; called once, when Django is ready."""
    HOLDINGS.register(Holding(Run, "customer", erase=_unname_runs, before_move=_end_later_runs))
    HOLDINGS.register(
        Holding(Message, "customer", columns=("address",), erase=_unname, before_move=_keep_counts)
    )
    # When a guest is merged into a customer and both have a row of a campaign, one row is left.
    HOLDINGS.register(Holding(HeldOut, "customer"))
    RULES.register(Rule("campaigns.heldout", _held_out_long_ago))
    RULES.register(Rule("campaigns.message", _expired_messages, before=count_purged))
    RULES.register(Rule("price_rules.coupon", _useless_coupons))
    RULES.register(Rule("campaigns.reportedevent", _known_long_ago))
    RULES.register(Rule("campaigns.softbounce", _bounced_long_ago))


def _unname_runs(rows: Rows, person: Person, *, keep_orders: bool) -> int:
    """Take the customer out of runs, which keep their day."""
    found = list(rows.only("pk", "started_at", "ended_at"))
    for run in found:
        days = {name: _day(getattr(run, name)) for name in ("started_at", "ended_at")}
        Run.objects.filter(pk=run.pk).update(customer=None, change=None, **days)
    return len(found)


def _unname(rows: Rows, person: Person, *, keep_orders: bool) -> int:
    """Take customer, address, links and coupon out of messages; skip those that have not left.

    Another tool's mails stand in no report: they are deleted.
    """
    if is_valid(person.email):
        suppress(person.email, SuppressionReason.ERASED, now())
    others, _by_model = rows.exclude(external_id=None).delete()
    rows.filter(state=MessageState.SCHEDULED).update(state=MessageState.SKIPPED, reason="erased")
    found = list(rows.only("pk", *TIMES))
    for row in found:
        days = {name: _day(getattr(row, name)) for name in TIMES}
        Message.objects.filter(pk=row.pk).update(
            customer=None,
            address="",
            reply="",
            message_id=None,
            address_hash=None,
            token_hash=None,
            coupon=None,
            **days,
        )
    return others + len(found)


def _day(at: datetime | None) -> datetime | None:
    """Return the day (of UTC) of `at`."""
    return at and datetime.combine(at.astimezone(UTC), time(), UTC)


def _keep_counts(guest: Customer, customer: Customer) -> None:
    """Keep the guest's message of a campaign that both have a message of, without a customer."""
    theirs = Message.objects.filter(customer=customer).exclude(campaign=None)
    twice = Message.objects.filter(customer=guest, campaign__in=theirs.values("campaign"))
    twice.filter(state=MessageState.SCHEDULED).update(state=MessageState.SKIPPED, reason="merged")
    twice.update(customer=None)


def _end_later_runs(guest: Customer, customer: Customer) -> None:
    """End the later run if both have an unfinished run of the same sequence."""
    both = Run.objects.filter(
        customer__in=(guest, customer), ended_at=None, messages__state__in=OPEN
    ).distinct()
    first: dict[int, int] = {}
    for run in both.order_by("started_at", "pk"):
        if first.setdefault(run.sequence_id, run.customer_id or 0) == run.customer_id:
            continue
        skip(Message.objects.filter(run=run), MessageReason.MERGED)
        Run.objects.filter(pk=run.pk).update(ended_at=now())


def _useless_coupons(at: datetime) -> QuerySet[Any]:
    """Return coupons that were issued here, have long expired and were never used."""
    days = settings.KEEP_COUPON_DAYS
    if not days:
        return Coupon.objects.none()
    old = Coupon.objects.filter(issuer=ISSUER, expires_at__lt=at - timedelta(days=days))
    return with_uses(old, at=at).filter(used=0)


def _expired_messages(at: datetime) -> QuerySet[Any]:
    expired = Q(pk__in=[])
    if settings.KEEP_MESSAGES_DAYS:
        before = at - timedelta(days=settings.KEEP_MESSAGES_DAYS)
        expired |= Q(sequence=None, due_at__lt=before) & ~Q(state__in=OPEN)
    if settings.KEEP_SEQUENCE_DAYS:
        before = at - timedelta(days=settings.KEEP_SEQUENCE_DAYS)
        expired |= Q(sequence__isnull=False, due_at__lt=before, state__in=KNOWN)
    return Message.objects.filter(expired)


def _held_out_long_ago(at: datetime) -> QuerySet[Any]:
    """Return the rows of campaigns with purged recipients: no revenue is measured for these."""
    days = settings.KEEP_MESSAGES_DAYS
    if not days:
        return HeldOut.objects.none()
    return HeldOut.objects.filter(campaign__frozen_at__lt=at - timedelta(days=days))


def _known_long_ago(at: datetime) -> QuerySet[Any]:
    return ReportedEvent.objects.filter(at__lt=at - timedelta(days=settings.KEEP_EVENTS_DAYS))


def _bounced_long_ago(at: datetime) -> QuerySet[Any]:
    # Twice the time in which three of them suppress an address: reports come late.
    return SoftBounce.objects.filter(at__lt=at - 2 * WITHIN)
