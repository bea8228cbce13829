"""Claiming: a sender takes one message under a lease before its hand-over to a transport.

The claim is committed first. A sender that is killed afterwards therefore leaves a message that is
marked as claimed, and no other sender sends it a second time.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Case, F, IntegerField, OuterRef, Q, QuerySet, Subquery, When

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
from core.database.prepared import rows_by_key

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
    alias = Message.objects.db
    for (pk,) in rows_by_key("sequences due", alias, _sequences_due, at):
        if message := _first_of("sequence", _of_sequence, pk, at):
            return message
    campaigns = rows_by_key("campaigns sending", alias, _campaigns_sending)
    for pk in (pk for pk, is_test in campaigns if is_test):
        if message := _first_of("test share", _of_test_share, pk, at):
            return message
    for pk in (pk for pk, is_test in campaigns if not is_test):
        if message := _first_of("campaign", _of_campaign, pk, at):
            return message
    return None


def _sequences_due(at: datetime) -> QuerySet[Sequence, Any]:
    heads = _waiting(at).filter(sequence=OuterRef("pk")).order_by("due_at").values("due_at")
    running = Sequence.objects.filter(is_active=True, pause_reason="", segment__is_active=True)
    due = running.annotate(head=Subquery(heads[:1])).filter(head__isnull=False)
    return due.order_by("head", "pk").values_list("pk")


def _campaigns_sending() -> QuerySet[Campaign, Any]:
    """Return the campaigns, and whether only their test share leaves: before the decision."""
    is_undecided = Q(test_share__isnull=False, decision__isnull=True)
    only_test = Case(When(is_undecided, then=1), default=0, output_field=IntegerField())
    sending: QuerySet[Campaign] = Campaign.objects.filter(state=CampaignState.SENDING)
    rows = sending.annotate(only_test=only_test).order_by("frozen_at", "pk")
    return rows.values_list("pk", "only_test")


def _waiting(at: datetime) -> QuerySet[Message]:
    return Message.objects.filter(state=MessageState.SCHEDULED, due_at__lte=at)


def _of_sequence(pk: int, at: datetime) -> QuerySet[Message]:
    return _waiting(at).filter(has_sender(), sequence=pk)


def _of_test_share(pk: int, at: datetime) -> QuerySet[Message]:
    return _waiting(at).filter(campaign=pk, in_test=True)


def _of_campaign(pk: int, at: datetime) -> QuerySet[Message]:
    return _waiting(at).filter(campaign=pk)


def _first_of(
    name: str, rows_of: Callable[[int, datetime], QuerySet[Message]], pk: int, at: datetime
) -> Message | None:
    """Return the message of the source `pk` that has been due for the longest, locked."""

    def first(pk: int, at: datetime) -> QuerySet[Message]:
        rows = rows_of(pk, at).order_by("due_at", "pk")
        return rows.select_for_update(skip_locked=True)[:1]

    found = rows_by_key(("next message", name), Message.objects.db, first, pk, at)
    return next(iter(found), None)


def claim(at: datetime) -> Message | None:
    """Claim the message that has been due for the longest and return it; None if there is none.

    The claim is committed on return. Raises Wait where the rate limit is reached.
    """
    with transaction.atomic():
        _commit_without_flush()
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


def _commit_without_flush() -> None:
    """Let this transaction's commit not wait until PostgreSQL has written the log to the disk.

    `still_ours` commits before the hand-over and does wait, which also writes the claim: a crash of
    the server loses only claims of messages that have not left.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")


def identify(message: Message) -> None:
    """Give `message` the Message-ID and the token for all its attempts."""
    sender = sender_of(message.store_id)
    domain = sender.from_email.rpartition("@")[2] if sender else ""
    domain = domain_of_mail(domain or "localhost", "the sender's address")
    message.message_id = new_message_id(message.pk, domain)
    message.token_hash = hash_of(token_of(message.message_id))


def still_ours(message: Message, at: datetime, **values: Any) -> bool:
    """Renew the lease of a claimed message for its hand-over, and store `values`.

    Return False and store nothing if the lease has ended, or the customer was erased. After the end
    of the lease, the process that took the message over stores its outcome. Raises IntegrityError
    for another message of the campaign to the same address.
    """
    mine = _mine(message).filter(lease_until__gte=at, customer=message.customer_id or 0)
    lease_until = at + timedelta(seconds=settings.MAIL_LEASE_SECONDS)
    with transaction.atomic():
        return bool(mine.update(lease_until=lease_until, **values))


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
