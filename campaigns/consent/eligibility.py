"""Eligibility of customers for mail of a store at an instant, with the first reason against it."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Count, QuerySet

from campaigns.consent.addresses import is_valid
from campaigns.consent.suppression import find_suppression, suppressions_of
from campaigns.models import (
    HANDED,
    Message,
    MessageKind,
    Reason,
    Suppression,
    SuppressionReason,
)
from core.database.prepared import rows_by_key
from customers.models import Customer, NewsletterSubscription
from customers.models.identity.newsletter import SubscriptionStatus, refusing_among

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Known:
    """Facts that keep many customers from getting mail: the keys of customers without a valid
    address, the mailboxes for which marketing was refused, suppressions and the number of messages
    of the week by the customers' keys.
    """

    unreachable: Collection[int]
    refusing: Collection[str]
    suppressions: Mapping[int, Suppression]
    got: Counter[int]


def known_of(customers: Sequence[Customer], at: datetime) -> Known:
    """Return the facts that `reason_against` needs about `customers` at `at`, read at once."""
    reachable = [one for one in customers if is_valid(one.email)]
    got: Counter[int] = Counter()
    if settings.MAIL_MAX_PER_CUSTOMER_WEEK:
        rows = _handed_since(at - WEEK).filter(customer__in=[one.pk for one in customers])
        got.update(dict(rows.values_list("customer").annotate(Count("pk"))))
    unreachable = {one.pk for one in customers}.difference(one.pk for one in reachable)
    refusing = refusing_among({one.mailbox for one in customers})
    return Known(unreachable, refusing, suppressions_of(reachable), got)


def reason_against(
    customer: Customer,
    subscription: NewsletterSubscription | None,
    at: datetime,
    *,
    respects_holdout: bool,
    besides: Message | None = None,
    known: Known | None = None,
) -> Reason | None:
    """Return why `customer` gets no mail of the store of `subscription` at `at`; None: they may.

    `subscription` is read by the manager's method `standing`. `besides` is the message to send,
    which does not count against itself. `known` has the facts that were read at once for many
    customers.
    """
    if not customer.is_active:
        return Reason.INACTIVE
    is_unreachable = customer.pk in known.unreachable if known else not is_valid(customer.email)
    if is_unreachable:
        return Reason.NO_EMAIL
    status = subscription.standing if subscription else None
    if status == SubscriptionStatus.UNSUBSCRIBED:
        return Reason.UNSUBSCRIBED
    if subscription is None or status != SubscriptionStatus.SUBSCRIBED:
        return Reason.NOT_SUBSCRIBED
    refusing = known.refusing if known else refusing_among([customer.mailbox])
    if customer.accepts_marketing is False or customer.mailbox in refusing:
        return Reason.REFUSED_MARKETING
    found = known.suppressions.get(customer.pk) if known else find_suppression(str(customer.email))
    if found and not has_come_back(found, subscription.status_changed_at, at):
        return Reason.SUPPRESSED
    if respects_holdout and is_held_out(customer):
        return Reason.HOLDOUT
    most = settings.MAIL_MAX_PER_CUSTOMER_WEEK
    if not most:
        return None
    got = known.got[customer.pk] if known else got_since(customer.pk, at - WEEK, besides)
    return Reason.FREQUENCY_CAP if got >= most else None


def has_come_back(suppression: Suppression, subscribed_at: datetime, at: datetime) -> bool:
    """Return whether the customer has subscribed again, by `at`, after an erasure."""
    is_erased = suppression.reason == SuppressionReason.ERASED
    return is_erased and suppression.at < subscribed_at <= at


def got_since(customer_id: int, since: datetime, besides: Message | None) -> int:
    """Return the number of messages that the customer may have got since; tests do not count."""

    def rows_of(customer: int, since: datetime, besides: int) -> QuerySet[Message, Any]:
        rows = _handed_since(since).filter(customer=customer).exclude(pk=besides)
        return rows.order_by().values_list("pk")

    keys = (customer_id, since, besides.pk if besides else 0)
    return len(rows_by_key("got since", Message.objects.db, rows_of, *keys))


def _handed_since(since: datetime) -> QuerySet[Message]:
    rows = Message.objects.filter(state__in=HANDED, claimed_at__gt=since)
    return rows.exclude(kind=MessageKind.TEST)


def is_held_out(customer: Customer) -> bool:
    """Return whether the customer belongs to the holdout group; False without personalization."""
    if not apps.is_installed("personalization"):
        return False
    from personalization.assignment import is_held_out as held_out

    return held_out(customer)
