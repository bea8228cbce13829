"""When profiles are written: as their customers' data changes, as time comes, and every night."""

import time
from collections.abc import Collection
from functools import cache
from typing import Any

from django.db import OperationalError, transaction

from conditions.upkeep.columns import columns_of
from core.clock import now
from core.database.idle_timeouts import is_deadlock
from customers.changes.declared import Changed, changed_of
from customers.models import Customer, Order
from personalization.behavior.conversions import announce_all, announce_of
from personalization.conditions.attributes import reads_of_activity, reads_of_products
from personalization.lifestyle.purchases import reads_of_lifestyle
from personalization.models import CustomerProfile, WaitingProfile
from personalization.profiles.interest_baseline import (
    BATCH,
    batches,
    compute,
    keep,
    owe_everybody,
    owed,
    shares_as_of,
    upkeep,
)
from personalization.profiles.writing import (
    is_read_by_segment,
    let_wait,
    write_and_mark,
    write_where_free,
)

# Changes of these columns may make an order a sale, or another customer's.
SALES = changed_of(Order, "customer_id", "state")
# How often a batch is tried that conflicts with another transaction.
ATTEMPTS = 3
# For how long profiles are written while changed customers may wait (seconds).
MOMENT = 1.0


def write_changed(
    *, customers: Collection[int] | None, changed: Collection[Changed] | None
) -> None:
    """Write the profiles of customers whose data has changed, before segments are evaluated.

    If no segment reads profiles, the profiles wait until the segments are up to date
    (`write_waiting`). `customers` None: everybody may be concerned; `follow` writes everybody then,
    and also as long as the shares of all customers are not known. If none of the columns that
    profiles are made of has `changed`, no profile is written.
    """
    if customers is None:
        owe_everybody()
        return
    if shares_as_of() is None and owed() is None:
        owe_everybody()
    if changed is None or not columns_of_profiles().isdisjoint(changed):
        (write_where_free if is_read_by_segment() else let_wait)(customers)
    if changed is None or not SALES.isdisjoint(changed):
        announce_of(customers)


@cache
def columns_of_profiles() -> frozenset[Changed | None]:
    """Return the columns that profiles are made of, and their tables."""
    return columns_of([*reads_of_activity(), *reads_of_products(), *reads_of_lifestyle()])


def write_waiting(**kwargs: Any) -> None:
    """Write waiting profiles for a moment; `follow` writes the others (`changes_processed`).

    Does not wait for locks.
    """
    deadline = time.monotonic() + MOMENT
    keys = list(WaitingProfile.objects.order_by("at", "pk").values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):
        if time.monotonic() >= deadline:
            break
        with transaction.atomic():
            write_where_free(keys[start : start + BATCH])


def follow() -> int:
    """Write the profiles that wait or are due; return how many changed.

    Writes everybody's profile where that is owed.
    """
    if owed() is not None:
        return write_everybody()
    changed = 0
    for rows in (
        WaitingProfile.objects.order_by("at"),
        CustomerProfile.objects.filter(due_at__lte=now()).order_by("due_at"),
    ):
        # Once each: a profile that cannot be written now is still listed in a minute.
        keys = list(rows.values_list("pk", flat=True))
        for start in range(0, len(keys), BATCH):
            changed += _write(keys[start : start + BATCH])
    return changed


def write_every_night() -> int:
    """Write everybody's profile, whether that is owed or not; return how many changed."""
    owe_everybody()
    return write_everybody()


def write_everybody() -> int:
    """Compute the shares of all customers, write all profiles, and return how many changed.

    In batches, each a transaction of its own; a killed run is still owed.
    """
    number, at = owed(), now()
    announce_all()
    keep(compute(at), at)
    changed = sum(_write(keys) for keys in batches(Customer.objects.order_by("pk")))
    if number is not None:
        upkeep().filter(written__lt=number).update(written=number)
    return changed


def _write(keys: Collection[int]) -> int:
    for _attempt in range(ATTEMPTS - 1):
        try:
            return write_and_mark(keys)
        except OperationalError as error:
            if not is_deadlock(error):
                raise
    return write_and_mark(keys)
