"""Claiming: a sender takes one message under a lease before its hand-over to a transport.

The claim is committed first. A sender that is killed afterwards therefore leaves a message that is
marked as claimed, and no other sender sends it a second time.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from campaigns.audience.senders import has_sender, sender_of
from campaigns.content.links import hash_of, new_message_id, token_of
from campaigns.delivery.rate_limit import take_turn
from campaigns.models import (
    Campaign,
    CampaignState,
    Message,
    MessageState,
    Sequence,
)
from campaigns.transports.address import domain_of_mail

# The delay of the retry after the first, second... attempt.
WAITS = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60)]


class Wait(Exception):
    """The rate limit MAIL_PER_MINUTE is reached: no mail may leave for `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(seconds)


def next_due(at: datetime) -> Message | None:
    """Return the message that has been due for the longest, locked: of a sequence, else of a
    campaign.

    Mails of sequences answer something that has just happened, so they go first. An index is read
    source by source, which skips the messages of paused sources. A sequence's mails of a store
    without a sender wait; those of its other stores do not.
    """
    waiting = Message.objects.filter(state=MessageState.SCHEDULED, due_at__lte=at)
    heads = waiting.filter(sequence=OuterRef("pk")).order_by("due_at").values("due_at")
    due = (
        Sequence.objects.filter(is_active=True, pause_reason="", segment__is_active=True)
        .annotate(head=Subquery(heads[:1]))
        .filter(head__isnull=False)
    )
    sending = Campaign.objects.filter(state=CampaignState.SENDING).order_by("frozen_at", "pk")
    # Before the decision only the test share leaves.
    is_undecided = Q(test_share__isnull=False, decision__isnull=True)
    tests, others = sending.filter(is_undecided), sending.exclude(is_undecided)
    sources = [
        *(
            Q(has_sender(), sequence=pk)
            for pk in due.order_by("head", "pk").values_list("pk", flat=True)
        ),
        *(Q(campaign=pk, in_test=True) for pk in tests.values_list("pk", flat=True)),
        *(Q(campaign=pk) for pk in others.values_list("pk", flat=True)),
    ]
    for source in sources:
        rows = waiting.filter(source).order_by("due_at", "pk")
        message: Message | None = rows.select_for_update(skip_locked=True).first()
        if message is not None:
            return message
    return None


def claim(at: datetime) -> Message | None:
    """Claim the message that has been due for the longest and return it; None if there is none.

    The claim is committed on return. Raises Wait where the rate limit is reached.
    """
    with transaction.atomic():
        message = next_due(at)
        if message is None:
            return None
        if seconds := take_turn(at):
            raise Wait(seconds)
        message.state = MessageState.SENDING
        message.attempts += 1
        message.claimed_at = at
        message.lease_until = at + timedelta(seconds=settings.MAIL_LEASE_SECONDS)
        if message.message_id is None:
            identify(message)
        message.save(
            update_fields=[
                "state",
                "attempts",
                "claimed_at",
                "lease_until",
                "message_id",
                "token_hash",
            ]
        )
    return message


def identify(message: Message) -> None:
    """Give `message` the Message-ID and the token for all its attempts."""
    sender = sender_of(message.store_id)
    domain = sender.from_email.rpartition("@")[2] if sender else ""
    domain = domain_of_mail(domain or "localhost", "the sender's address")
    message.message_id = new_message_id(message.pk, domain)
    message.token_hash = hash_of(token_of(message.message_id))


def still_ours(message: Message, at: datetime) -> bool:
    """Renew the lease of a claimed message for its hand-over; return False if the lease has ended.

    After the end of the lease, the process that took the message over stores its outcome.
    """
    mine = _mine(message).filter(lease_until__gte=at)
    return bool(mine.update(lease_until=at + timedelta(seconds=settings.MAIL_LEASE_SECONDS)))


def _mine(message: Message) -> QuerySet[Message]:
    """Return the row of a claimed message, unless another process has taken it over as lost."""
    return Message.objects.filter(
        pk=message.pk, state=MessageState.SENDING, attempts=message.attempts
    )


def note_lost(at: datetime) -> int:
    """Mark the messages whose sender has died, and which may have been delivered; return how many.

    They become `uncertain`; if MAIL_UNCERTAIN is `resend`, they are sent again.
    """
    lost = Message.objects.filter(state=MessageState.SENDING, lease_until__lt=at)
    if settings.MAIL_UNCERTAIN == "resend":
        for message in lost:
            retry(message, at, "lost")
        return 0
    changed: int = lost.update(state=MessageState.UNCERTAIN, reason="lost", lease_until=None)
    return changed


def retry(message: Message, at: datetime, reason: str, reply: str = "") -> MessageState:
    """Schedule a retry of a claimed message, or fail it after MAIL_ATTEMPTS attempts.

    Return its new state, unless the message is no longer this sender's.
    """
    if message.attempts >= settings.MAIL_ATTEMPTS:
        state, due_at = MessageState.FAILED, message.due_at
    else:
        wait = WAITS[min(message.attempts, len(WAITS)) - 1]
        state, due_at = MessageState.SCHEDULED, at + wait
    _mine(message).update(state=state, reason=reason, reply=reply, due_at=due_at, lease_until=None)
    return state


def give_back(message: Message) -> None:
    """Undo the claim of a message that was not handed over: it waits as before."""
    _mine(message).update(
        state=MessageState.SCHEDULED, attempts=F("attempts") - 1, lease_until=None
    )
