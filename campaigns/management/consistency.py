"""Consistency checks of stored mail: sums, states, orphans."""

from collections.abc import Iterator

from django.db.models import Count, Exists, F, OuterRef, Q

from campaigns.database.unsubscribing import is_installed
from campaigns.models import (
    OPEN,
    Campaign,
    CampaignState,
    Message,
    MessageKind,
    MessageState,
    Run,
    RunState,
    Sequence,
    SequenceCursor,
)
from segments.changes import purged_number
from segments.models import MembershipChange

FROZEN = (CampaignState.SENDING, CampaignState.PAUSED, CampaignState.SENT)


def findings() -> Iterator[str]:
    """Yield the problems, as sentences for an operator (in English)."""
    counted = Campaign.objects.annotate(
        rows=Count("messages"), open=Count("messages", filter=Q(messages__state__in=OPEN))
    )
    for one in counted.filter(frozen_at__isnull=False).exclude(rows__lte=F("eligible")):
        yield f"campaign {one.code}: {one.rows} messages, {one.eligible} recipients"
    for one in counted.filter(frozen_at__isnull=True, rows__gt=0):
        yield f"campaign {one.code}: {one.rows} messages, but its recipients are not settled"
    for one in counted.filter(state__in=(CampaignState.SENT, CampaignState.CANCELLED), open__gt=0):
        yield f"campaign {one.code}: {one.state}, but {one.open} messages are open"
    for one in Campaign.objects.filter(state__in=FROZEN, frozen_template=None):
        yield f"campaign {one.code}: {one.state} without a version of its template"
    yield from _of_sequences()
    # Imported messages are stored as the other tool reported them, and are not checked.
    rows = Message.objects.filter(external_id=None).order_by("pk")
    for what, wrong in {
        "no sequence": rows.filter(kind=MessageKind.SEQUENCE).filter(
            Q(sequence=None) | Q(run=None) | Q(step=None)
        ),
        "of a run of another sequence": rows.exclude(run=None).exclude(run__sequence=F("sequence")),
        "of another customer than its run": rows.exclude(run__customer=F("customer")).filter(
            run__customer__isnull=False, customer__isnull=False
        ),
        "no campaign": rows.filter(kind=MessageKind.CAMPAIGN, campaign=None),
        "sent without a time": rows.filter(state=MessageState.SENT, sent_at=None),
        "sent without a Message-ID": rows.filter(
            state=MessageState.SENT, message_id=None, customer__isnull=False
        ),
        "being sent without a lease": rows.filter(state=MessageState.SENDING, lease_until=None),
        "a lease, but not being sent": rows.exclude(state=MessageState.SENDING).exclude(
            lease_until=None
        ),
        "skipped or failed without a reason": rows.filter(
            state__in=(MessageState.SKIPPED, MessageState.FAILED), reason=""
        ),
    }.items():
        for message in wrong[:100]:
            yield f"message {message.pk}: {what}"


def _of_sequences() -> Iterator[str]:
    """Yield what does not fit between sequences, their runs and the change log."""
    if not is_installed():
        yield "the trigger that skips messages of customers who unsubscribe is missing: run migrate"
    cursor = SequenceCursor.objects.filter(pk=1).first()
    if cursor is None and Sequence.objects.filter(is_active=True).exists():
        yield "sequences are active, but nobody knows up to where the change log was read"
    number = cursor.number if cursor else 0
    for run in Run.objects.filter(change__gt=number).order_by("pk")[:100]:
        yield f"run {run.pk}: set off by change {run.change}, which is not read yet"
    runs = Run.objects.filter(change__isnull=False)
    change = MembershipChange.objects.filter(sequence=OuterRef("change"))
    # Changes that were purged from the log cannot be compared.
    kept = runs.filter(change__gt=purged_number())
    right = change.filter(segment=OuterRef("sequence__segment"))
    odd = kept.filter(sequence__segment__isnull=False).filter(~Exists(right))
    for run in odd.order_by("pk")[:100]:
        yield f"run {run.pk}: change {run.change} is none of its segment"
    for run in Run.objects.filter(state=RunState.NOT_ELIGIBLE, messages__isnull=False)[:100]:
        yield f"run {run.pk}: may not get mail, but has messages"
    for run in Run.objects.filter(ended_at__isnull=False, messages__state="scheduled")[:100]:
        yield f"run {run.pk}: has ended, but has scheduled messages"
