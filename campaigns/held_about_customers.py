"""What campaigns hold about customers: the messages that they got, or are to get.

Of somebody who is erased they keep state and day, so that reports stay as they were; their address
is suppressed, until whoever has it subscribes again.
"""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from campaigns.addresses import is_valid
from campaigns.models import (
    HeldOut,
    Message,
    MessageState,
    ReportedEvent,
    SoftBounce,
    SuppressionReason,
)
from campaigns.reported import WITHIN
from campaigns.suppression import suppress
from customers.clock import now
from customers.models import Customer
from customers.privacy.holdings import HOLDINGS, Holding, Person, Rows
from customers.privacy.retention import RULES, Rule

TIMES = (
    "due_at",
    "claimed_at",
    "sent_at",
    "delivered_at",
    "bounced_at",
    "complained_at",
    "unsubscribed_at",
)


def register() -> None:
    """Register the models; called once, when Django is ready."""
    HOLDINGS.register(
        Holding(Message, "customer", columns=("address",), erase=_unname, before_move=_keep_counts)
    )
    # Of a customer and a guest who is merged into them one row of a campaign is left.
    HOLDINGS.register(Holding(HeldOut, "customer"))
    RULES.register(Rule("campaigns.message", _expired))
    RULES.register(Rule("campaigns.heldout", _held_out_long_ago))
    RULES.register(Rule("campaigns.reportedevent", _known_long_ago))
    RULES.register(Rule("campaigns.softbounce", _bounced_long_ago))


def _unname(rows: Rows, person: Person, *, keep_orders: bool) -> int:
    """Take customer, address, links and coupon out of messages; skip those that have not left."""
    if is_valid(person.email):
        suppress(person.email, SuppressionReason.ERASED, now())
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
    return len(found)


def _day(at: datetime | None) -> datetime | None:
    """Return the day (of UTC) of `at`."""
    return at and datetime.combine(at.astimezone(UTC), time(), UTC)


def _keep_counts(guest: Customer, customer: Customer) -> None:
    """Keep the guest's message of a campaign that both have, as one of nobody."""
    theirs = Message.objects.filter(customer=customer).exclude(campaign=None)
    twice = Message.objects.filter(customer=guest, campaign__in=theirs.values("campaign"))
    twice.filter(state=MessageState.SCHEDULED).update(state=MessageState.SKIPPED, reason="merged")
    twice.update(customer=None)


def _expired(at: datetime) -> QuerySet[Any]:
    days = settings.KEEP_MESSAGES_DAYS
    if not days:
        return Message.objects.none()
    old = Message.objects.filter(due_at__lt=at - timedelta(days=days))
    return old.exclude(state__in=(MessageState.SCHEDULED, MessageState.SENDING))


def _held_out_long_ago(at: datetime) -> QuerySet[Any]:
    """Return those of campaigns whose recipients are not all kept: nothing is measured by them."""
    days = settings.KEEP_MESSAGES_DAYS
    if not days:
        return HeldOut.objects.none()
    return HeldOut.objects.filter(campaign__frozen_at__lt=at - timedelta(days=days))


def _known_long_ago(at: datetime) -> QuerySet[Any]:
    return ReportedEvent.objects.filter(at__lt=at - timedelta(days=settings.KEEP_EVENTS_DAYS))


def _bounced_long_ago(at: datetime) -> QuerySet[Any]:
    # Twice the time in which three of them suppress an address: reports come late.
    return SoftBounce.objects.filter(at__lt=at - 2 * WITHIN)
