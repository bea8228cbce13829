"""Marks customers of whom something has changed that is computed, and none of their data."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Model

from customers.models import DirtyCustomer, DirtyReason


def mark_scored(
    customers: Iterable[int],
    source: type[Model],
    at: datetime,
    *,
    reason: DirtyReason = DirtyReason.SCORE,
) -> None:
    """Have the segments that read `source` look at `customers` (internal keys), since aware `at`.

    Their roll-ups are right. The change log names `reason` for those whose membership changes.
    """
    DirtyCustomer.objects.bulk_create(
        DirtyCustomer(
            customer_id=key,
            source_table=source._meta.db_table,
            reason=reason,
            is_rolled_up=True,
            at=at,
        )
        for key in customers
    )
