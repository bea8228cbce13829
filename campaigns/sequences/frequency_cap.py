"""The cap on a customer's messages of a sequence; their run keeps the number of purged ones."""

from django.db.models import Count, F, Q, QuerySet, Sum

from campaigns import models
from campaigns.models import HANDED, Message, MessageState, Run


def got_enough(sequence: models.Sequence, message: Message) -> bool:
    """Return whether the customer of `message` has reached the maximum of messages of `sequence`.

    `message` itself does not count.
    """
    if not sequence.max_sends:
        return False
    # Of two messages being handed over, the one claimed first counts for the other.
    before = Q(claimed_at__lt=message.claimed_at) | Q(
        claimed_at=message.claimed_at, pk__lt=message.pk
    )
    counts = Q(state__in=(MessageState.SENT, MessageState.UNCERTAIN))
    counts |= Q(state=MessageState.SENDING) & before
    rows = Message.objects.filter(counts, sequence=sequence, customer=message.customer_id)
    rows = rows.exclude(pk=message.pk)
    runs = Run.objects.filter(sequence=sequence, customer=message.customer_id)
    purged = runs.aggregate(n=Sum("purged_sends"))["n"] or 0
    return bool(rows.count() + purged >= sequence.max_sends)


def count_purged(rows: QuerySet[Message]) -> None:
    """Note on their runs how many of `rows`, which are about to be deleted, were sent."""
    sent = rows.filter(run__isnull=False, state__in=HANDED).order_by()
    for run, number in sent.values_list("run").annotate(Count("pk")):
        Run.objects.filter(pk=run).update(purged_sends=F("purged_sends") + number)
