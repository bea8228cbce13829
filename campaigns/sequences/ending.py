"""Ending: messages of sequences that are not to be sent any more are skipped, with the reason."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When

from campaigns import models
from campaigns.models import Message, MessageReason, MessageState, Run, Trigger
from customers.models import NewsletterSubscription, Order, OrderState
from customers.models.identity.newsletter import SubscriptionStatus
from segments.models import Membership


def skip(rows: QuerySet[Message], reason: MessageReason) -> int:
    """Skip those of `rows` that no sender has begun to hand over; return their number."""
    changed: int = rows.filter(state=MessageState.SCHEDULED).update(
        state=MessageState.SKIPPED, reason=reason
    )
    return changed


def end_runs(
    sequence: models.Sequence, customers: Collection[int], reason: MessageReason, at: datetime
) -> None:
    """End what `sequence` has under way for `customers`, by their keys, at `at`."""
    runs = Run.objects.filter(sequence=sequence, customer__in=customers, ended_at=None)
    skip(Message.objects.filter(sequence=sequence, customer__in=customers), reason)
    runs.update(ended_at=at)


def skip_ended() -> int:
    """Skip all scheduled messages of sequences that would not be sent; return how many."""
    rows = Message.objects.filter(sequence__isnull=False, state=MessageState.SCHEDULED)
    # Mostly there is none, and the five statements take Django longer than the database.
    if not rows.exists():
        return 0
    return sum(skip(rows.filter(wrong), reason) for reason, wrong in _endings())


def reason_for_ending(message: Message) -> str | None:
    """Return why a message of a sequence is not sent any more; None where nothing ended it.

    The check whether the customer is still a member comes last: the change log reports a leaving
    member anyway, and after a merge it may take a moment until the customer is a member again.
    """
    members = Membership.objects.filter(
        segment=OuterRef("sequence__segment"), customer=OuterRef("customer")
    )
    is_outside = Q(sequence__trigger=Trigger.ENTER) & ~Q(Exists(members))
    endings = [*_endings(), (MessageReason.LEFT, is_outside)]
    first = Case(*(When(wrong, then=Value(reason.value)) for reason, wrong in endings))
    found = Message.objects.filter(pk=message.pk).values_list(first, flat=True).first()
    return None if found is None else str(found)


def _endings() -> list[tuple[MessageReason, Q]]:
    subscriptions = NewsletterSubscription.objects.standing().filter(
        customer=OuterRef("customer"), store=OuterRef("store")
    )
    orders = Order.objects.filter(
        customer=OuterRef("customer"), created_at__gt=OuterRef("run__started_at")
    ).exclude(state=OrderState.CANCELED)
    subscribed = subscriptions.filter(standing=SubscriptionStatus.SUBSCRIBED)
    unsubscribed = subscriptions.filter(standing=SubscriptionStatus.UNSUBSCRIBED)
    return [
        (
            MessageReason.SEGMENT_INACTIVE,
            Q(sequence__segment=None) | Q(sequence__segment__is_active=False),
        ),
        (MessageReason.STEP_INACTIVE, Q(of_step=None) | Q(of_step__is_active=False)),
        (MessageReason.UNSUBSCRIBED, Q(customer__isnull=False) & Q(Exists(unsubscribed))),
        (MessageReason.NOT_SUBSCRIBED, Q(customer__isnull=False) & ~Q(Exists(subscribed))),
        (MessageReason.ORDERED, Q(sequence__stop_on_order=True) & Q(Exists(orders))),
    ]
