"""Marks messages as `sent`, with all consequences.

Only messages without a variant, such as test mail, may be marked elsewhere: they have none.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from campaigns.content.variants import note_sent_variant
from campaigns.models import Message, MessageState
from customers.models import Customer


def mark_sent(
    message: Message, rows: QuerySet[Message], at: datetime | None = None, **more: str
) -> bool:
    """Mark `message` as sent at `at` (aware); None: at its claim.

    `rows` is the queryset of its row while the change is allowed; return False without any change
    if it is empty. `more` are other columns. The customer's assignment to a variant of an
    experiment is stored in the same transaction.
    """
    with transaction.atomic():
        hold_customer(message)
        sent_at = at or message.claimed_at
        changed = rows.update(
            state=MessageState.SENT, reason="", lease_until=None, sent_at=sent_at, **more
        )
        if changed:
            message.state, message.reason, message.sent_at = MessageState.SENT, "", sent_at
        if changed and message.variant:
            # The present customer: the former one may have been merged or erased.
            fresh = Message.objects.select_related("campaign", "customer").get(pk=message.pk)
            note_sent_variant(fresh)
    return bool(changed)


def hold_customer(message: Message) -> None:
    """Lock the customer of a message with a variant, before the message, to prevent deadlocks.

    An erasure or merge also locks the customer first. The lock lasts until the end of the
    transaction; call this before the message itself is locked.
    """
    if message.variant and message.customer_id is not None:
        list(Customer.objects.select_for_update(no_key=True).filter(pk=message.customer_id))
