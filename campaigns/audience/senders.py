"""The senders of stores' mail, and the stores without one."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from campaigns.models import MailSender
from core.database.prepared import rows_by_key
from customers.models import Store

_complete = MailSender.objects.exclude(from_email="").exclude(postal_address="")


def sender_of(store: int) -> MailSender | None:
    """Return the sender of the store with that primary key: its own, else the default sender.

    Where neither is complete, return the store's own sender or None.
    """

    def rows_of(store: int) -> QuerySet[MailSender]:
        return MailSender.objects.filter(Q(store=store) | Q(is_default=True))

    rows: list[MailSender] = rows_by_key("sender of", MailSender.objects.db, rows_of, store)
    found = {one.store_id: one for one in rows}
    mine = found.pop(store, None)
    default = next(iter(found.values()), None)
    if default is None or (mine is not None and mine.is_complete):
        return mine
    return default


def has_sender() -> Exists:
    """Return the condition that the store of a message has a sender."""
    return Exists(_complete.filter(Q(store=OuterRef("store")) | Q(is_default=True)))


def stores_without_sender(codes: Iterable[str]) -> list[Store]:
    """Return those of the stores `codes` that no complete sender serves, in order."""
    return unserved_stores(Store.objects.filter(code__in=list(codes)).order_by("pk"))


def unserved_stores(stores: Iterable[Store]) -> list[Store]:
    """Return those of `stores` that no complete sender serves."""
    complete = [one for one in MailSender.objects.all() if one.is_complete]
    if any(one.is_default for one in complete):
        return []
    served = {one.store_id for one in complete}
    return [one for one in stores if one.pk not in served]
