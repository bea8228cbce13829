"""Fact: campaigns and sequences wrote to the customers; needs the app of mail."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from alerts.causes.shares import Cause
from alerts.facts.changes import Fact, Share, SizeChange, changes_in_direction, shares_of
from campaigns.models import HANDED, Message, MessageKind

WINDOW = timedelta(hours=72)


def find_mail(changes: Sequence[SizeChange]) -> Mapping[int, Share]:
    """Return the shares of entries of customers who were sent a mail in the last 72 hours."""
    until = max(one.until for one in changes)
    sent = Message.objects.filter(
        sent_at__gt=until - WINDOW,
        sent_at__lte=until,
        state__in=HANDED,
        kind__in=(MessageKind.CAMPAIGN, MessageKind.SEQUENCE),
        customer__isnull=False,
    )
    entries = changes_in_direction(changes).filter(customer_id__in=sent.values("customer"))
    latest = sent.select_related("campaign", "sequence").order_by("-sent_at").first()
    by = latest and (latest.campaign or latest.sequence)
    details = {"name": str(by)} if by else {}
    return {
        segment: Share(share, details) for segment, share in shares_of(entries, changes).items()
    }


MAIL = Fact(Cause.MAIL, find_mail)
