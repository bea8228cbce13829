"""Marks customers whose computed values, such as scores, have changed, but not their data."""

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
    """Have the segments that read `source` evaluate `customers` (internal keys) again.

    `at` (aware) is the time of the change. The roll-ups of the customers are not recomputed. The
    change log gives `reason` for customers whose membership changes.
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
