"""Marks customers of whom something has changed that is computed, and none of their data."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Model

from customers.models import DirtyCustomer, DirtyReason


def mark_scored(customers: Iterable[int], source: type[Model], at: datetime) -> None:
    """Have the segments that read `source` look at `customers` (internal keys), since aware `at`.

    Their roll-ups are right.
    """
    DirtyCustomer.objects.bulk_create(
        DirtyCustomer(
            customer_id=key,
            source_table=source._meta.db_table,
            reason=DirtyReason.SCORE,
            is_rolled_up=True,
            at=at,
        )
        for key in customers
    )
