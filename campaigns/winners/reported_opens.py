"""Stores whose mails get no reports of opens at all."""

from collections.abc import Collection
from datetime import datetime, timedelta

from campaigns.models import Message
from customers.models import Store

LOOKED_BACK = timedelta(days=30)


def stores_without_opens(codes: Collection[str], at: datetime) -> list[Store]:
    """Return the stores with mails delivered in 30 days before `at`, none of which was opened."""
    rows = Message.objects.filter(delivered_at__gt=at - LOOKED_BACK, delivered_at__lte=at)
    return [
        store
        for store in Store.objects.filter(code__in=codes).order_by("code")
        if rows.filter(store=store).exists() and not rows.filter(store=store, opens__gt=0).exists()
    ]
