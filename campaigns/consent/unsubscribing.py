"""Unsubscribing by the link of a message, and the preferences behind another: by store."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from campaigns.consent.suppression import suppress
from campaigns.content.links import hash_of
from campaigns.models import Message, MessageKind, MessageState, Reason, SuppressionReason
from core.text.folding import folded_address
from customers.models import Customer, NewsletterSubscription, Store
from customers.models.identity.newsletter import SubscriptionStatus


def message_of(token: str) -> Message | None:
    """Return the message that a link belongs to; None where there is none."""
    rows = Message.objects.select_related("store", "customer", "campaign", "template")
    found: Message | None = rows.filter(token_hash=hash_of(token)).first()
    return found


def unsubscribe(message: Message, at: datetime, *, everywhere: bool = False) -> None:
    """End the subscription of the message's customer to its store, or to every store.

    Record the refusal also for stores without a subscription yet: a subscription older than the
    refusal may arrive later. If the message went to a mailbox that is not the customer's any more,
    or if the customer is deleted, suppress the mailbox for all mail. Skip the messages that these
    stores have scheduled for customers of the mailbox, in the same transaction. A second call
    changes nothing. A test message has nobody to unsubscribe.
    """
    with transaction.atomic():
        customer = _lock_customer(message)
        is_new = message.unsubscribed_at is None
        if customer is not None:
            stores = _all_stores() if everywhere else {message.store_id}
            _end(customer, stores, at, is_new=is_new)
        if is_new and went_elsewhere(message, customer):
            suppress(message.address, SuppressionReason.ERASED, at)
        Message.objects.filter(pk=message.pk, unsubscribed_at=None).update(unsubscribed_at=at)


def unsubscribe_customer(customer: Customer, at: datetime) -> None:
    """End the subscriptions of `customer` to every store; the caller holds their row lock."""
    _end(customer, _all_stores(), at)


def went_elsewhere(message: Message, customer: Customer | None) -> bool:
    """Return whether a message was sent to another mailbox than `customer`, if any, has by now."""
    if message.kind == MessageKind.TEST:
        return False
    return folded_address(message.address) not in ("", customer.mailbox if customer else "")


def prefer(message: Message, wanted: Collection[int], at: datetime) -> bool:
    """Subscribe the message's customer to the stores `wanted`, and to no others.

    Only the stores of the customer's subscriptions count: nobody is subscribed to a store that they
    never chose. Return False and change nothing if the message went to a mailbox that is not the
    customer's any more, or if the customer is deleted.
    """
    with transaction.atomic():
        customer = _lock_customer(message)
        if customer is None or went_elsewhere(message, customer):
            return False
        rows = NewsletterSubscription.objects.standing().filter(customer=customer)
        known = {one.store_id: one for one in rows}
        # A store that was not ticked before is no new refusal.
        _end(customer, known.keys() - set(wanted), at, is_new=False)
        # A subscription that was never confirmed stays unconfirmed: people pass links on.
        back = [
            one.pk
            for store, one in known.items()
            if store in wanted and one.standing == SubscriptionStatus.UNSUBSCRIBED
        ]
        NewsletterSubscription.objects.filter(pk__in=back).update(
            status=SubscriptionStatus.SUBSCRIBED, status_changed_at=at
        )
    return True


def _lock_customer(message: Message) -> Customer | None:
    """Return the customer of a message with their row locked; None if the message has none.

    The message's customer is read again under the lock: a guest may have been merged by then.
    """
    rows = Customer.objects.select_for_update(no_key=True)
    whose = Message.objects.filter(pk=message.pk).values_list("customer", flat=True)
    while True:
        held = whose.first()
        found: Customer | None = rows.filter(pk=held or 0).first()
        if whose.first() == held:
            return found


def _all_stores() -> set[int]:
    return set(Store.objects.values_list("pk", flat=True))


def _end(customer: Customer, stores: Collection[int], at: datetime, *, is_new: bool = True) -> None:
    """End the subscriptions to `stores`, except those that the customer renewed after `at`.

    With `is_new`, `at` also replaces the time of an earlier unsubscription, so that a subscription
    dated between the two no longer counts.
    """
    rows = NewsletterSubscription.objects.filter(customer=customer, store__in=stores)
    stored = {one.store_id: one for one in rows}
    missing = set(stores) - stored.keys()
    ended = [
        store
        for store, one in stored.items()
        if not one.outdates(SubscriptionStatus.UNSUBSCRIBED, at)
        and (is_new or one.status != SubscriptionStatus.UNSUBSCRIBED)
    ]
    rows.filter(store__in=ended).update(
        status=SubscriptionStatus.UNSUBSCRIBED, status_changed_at=at
    )
    # Stores without a subscription row get one, so that the unsubscription is stored there too.
    NewsletterSubscription.objects.bulk_create(
        NewsletterSubscription(
            customer=customer,
            store_id=store,
            status=SubscriptionStatus.UNSUBSCRIBED,
            status_changed_at=at,
        )
        for store in missing
    )
    people = Customer.objects.sharing_mailbox(customer)
    waiting = Message.objects.filter(customer__in=people, store__in={*ended, *missing})
    waiting.filter(state=MessageState.SCHEDULED).update(
        state=MessageState.SKIPPED, reason=Reason.UNSUBSCRIBED
    )
