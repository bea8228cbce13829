"""Whether what is stored of mail is in itself right: sums, states, orphans."""

from collections.abc import Iterator

from django.db.models import Count, F, Q

from campaigns.models import OPEN, Campaign, CampaignState, Message, MessageKind, MessageState

FROZEN = (CampaignState.SENDING, CampaignState.PAUSED, CampaignState.SENT)


def findings() -> Iterator[str]:
    """Yield what is wrong, as sentences for an operator (in English)."""
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
    rows = Message.objects.order_by("pk")
    for what, wrong in {
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
