"""Stores that no mail can come from: they have no sender with an address and a postal address."""

from collections.abc import Iterable

from campaigns.models import MailSender
from customers.models import Store


def stores_without_sender(codes: Iterable[str]) -> list[Store]:
    """Return those of the stores `codes` that have no complete sender, in order."""
    complete = {one.store_id for one in MailSender.objects.all() if one.is_complete}
    rows = Store.objects.filter(code__in=list(codes)).order_by("pk")
    return [one for one in rows if one.pk not in complete]
