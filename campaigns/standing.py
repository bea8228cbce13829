"""Who may get mail of a store, at this moment; the first reason against it is the one given."""

from datetime import datetime, timedelta

from django.apps import apps
from django.conf import settings

from campaigns.addresses import is_valid
from campaigns.models import (
    HANDED,
    Message,
    MessageKind,
    Reason,
    Suppression,
    SuppressionReason,
)
from campaigns.suppression import suppressed
from customers.models import Customer, NewsletterSubscription
from customers.models.newsletter import SubscriptionStatus

WEEK = timedelta(days=7)


def reason_against(
    customer: Customer,
    subscription: NewsletterSubscription | None,
    at: datetime,
    *,
    respects_holdout: bool,
    besides: Message | None = None,
) -> Reason | None:
    """Return why `customer` gets no mail of the store of `subscription` at `at`; None: they may.

    `besides` is the message that is to be sent, which does not count against itself.
    """
    if not customer.is_active:
        return Reason.INACTIVE
    if not is_valid(customer.email):
        return Reason.NO_EMAIL
    status = subscription.status if subscription else None
    if status == SubscriptionStatus.UNSUBSCRIBED:
        return Reason.UNSUBSCRIBED
    if subscription is None or status != SubscriptionStatus.SUBSCRIBED:
        return Reason.NOT_SUBSCRIBED
    if customer.accepts_marketing is False:
        return Reason.REFUSED_MARKETING
    found = suppressed(str(customer.email))
    if found and not has_come_back(found, subscription.status_changed_at):
        return Reason.SUPPRESSED
    if respects_holdout and is_held_out(customer):
        return Reason.HOLDOUT
    most = settings.MAIL_MAX_PER_CUSTOMER_WEEK
    if most and got_since(customer.pk, at - WEEK, besides) >= most:
        return Reason.FREQUENCY_CAP
    return None


def has_come_back(suppression: Suppression, subscribed_at: datetime) -> bool:
    """Return whether somebody has subscribed again after their erasure."""
    return suppression.reason == SuppressionReason.ERASED and subscribed_at > suppression.at


def got_since(customer_id: int, since: datetime, besides: Message | None) -> int:
    """Return how many messages that customer may have got since; tests do not count."""
    rows = Message.objects.filter(
        customer=customer_id, state__in=HANDED, claimed_at__gt=since
    ).exclude(kind=MessageKind.TEST)
    return rows.exclude(pk=besides.pk).count() if besides else rows.count()


def is_held_out(customer: Customer) -> bool:
    """Return whether the customer belongs to the hold-out; nobody does without personalization."""
    if not apps.is_installed("personalization"):
        return False
    from personalization.holdout import is_held_out as held_out

    return held_out(customer)
