"""The queue of customers whose sales are to be attributed, and the work on that queue.

A customer is noted in the transaction that processes the change of an order, a refund or a merge,
and taken off the queue in the transaction that stores the result. Work that a killed process leaves
is done by the next one.
"""

import time
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connections, router, transaction
from django.db.models import Exists, Min, OuterRef

from conditions.sql.statement import statement_of
from core.clock import now
from core.database.deadlock_retries import tried_again
from customers.changes.declared import Changed, changed_of
from customers.models import NO_SALE_STATES, Customer, CustomerMerge, Order, Refund
from personalization.conversions.credits import WINDOW
from personalization.conversions.recording import record_conversions
from personalization.intake.storage import Owned
from personalization.models import AttributedConversion, WaitingConversion

BATCH, TRIES = 100, 3
# The number of seconds that conversions are attributed while changed customers may wait.
MOMENT = 1.0
# Changes of these rows may change what a sale is credited to.
CONCERNING = (
    changed_of(Order, "customer_id", "state", "created_at", "grand_total", "number")
    | changed_of(Refund, "order_id", "amount", "created_at")
    | changed_of(CustomerMerge, "customer_id")
)


def note_changed(*, customers: Collection[int] | None, changed: Collection[Changed] | None) -> None:
    """Note customers whose orders changed (`customers.changes.hooks.OnProcessed`)."""
    if customers is None:
        note_missing()
    elif changed is None or not CONCERNING.isdisjoint(changed):
        note_customers(customers)


def note_customers(customers: Iterable[int]) -> None:
    """Note customers to be looked at; to be called in a transaction."""
    at = now()
    WaitingConversion.objects.bulk_create(
        (WaitingConversion(customer_id=key, at=at) for key in sorted(customers)),
        update_conflicts=True,
        unique_fields=["customer_id"],
        update_fields=["at"],
    )


def note_late_touches(behaviors: Sequence[Owned], at: datetime) -> None:
    """Note customers with a conversion that a behaviour precedes (`intake.stored_hooks`)."""
    first = {
        one.customer.pk: one.behavior.occurred_at
        for one in sorted(behaviors, key=lambda one: one.behavior.occurred_at, reverse=True)
    }
    rows = AttributedConversion.objects.filter(customer__in=first, at__gte=min(first.values()))
    found = rows.order_by().values_list("customer", "at")
    note_customers({key for key, sold_at in found if sold_at >= first[key]})


def note_missing() -> None:
    """Note all customers with a sale that is not attributed, or attributed as no sale."""
    known = AttributedConversion.objects.filter(order_id=OuterRef("pk"))
    sales = Order.objects.exclude(state__in=NO_SALE_STATES).filter(customer__isnull=False)
    withdrawn = Order.objects.filter(state__in=NO_SALE_STATES, customer__isnull=False)
    for orders in (
        sales.exclude(Exists(known)),
        withdrawn.filter(Exists(known.exclude(revenue=0))),
    ):
        _note_of(orders)


def note_recent() -> None:
    """Note customers with a sale of the last days, whose touches may have come late."""
    _note_of(
        Order.objects.exclude(state__in=NO_SALE_STATES).filter(
            customer__isnull=False, created_at__gte=now() - WINDOW
        )
    )


def attribute_waiting(**kwargs: Any) -> None:
    """Attribute for a moment what waits (`changes_processed`); `attribute_all` does the rest."""
    attribute_all(deadline=time.monotonic() + MOMENT)


def attribute_all(*, deadline: float | None = None) -> int:
    """Attribute what waits until a deadline (of `time.monotonic`); return how many rows changed.

    In batches of customers, each a transaction.
    """
    waiting = WaitingConversion.objects.filter(at__lte=now()).order_by("at", "pk")
    keys = list(waiting.values_list("pk", flat=True))
    changed = 0
    for start in range(0, len(keys), BATCH):
        if deadline is not None and time.monotonic() >= deadline:
            break
        changed += _attribute(keys[start : start + BATCH])
    return changed


def _attribute(keys: Sequence[int]) -> int:
    @transaction.atomic
    def attribute() -> int:
        rows = Customer.objects.select_for_update(no_key=True).order_by("pk")
        there = list(rows.filter(pk__in=keys).values_list("pk", flat=True))
        # Before the orders are read: later changes note the customer again.
        WaitingConversion.objects.filter(pk__in=keys).delete()
        changed = record_conversions(there)
        _note_later(there)
        return len(changed)

    # A merge may wait for these customers while this waits for its orders.
    return tried_again(attribute, tries=TRIES)


def _note_later(customers: Collection[int]) -> None:
    """Note customers with an order that is dated in the future, from then on."""
    rows = Order.objects.filter(customer__in=list(customers), created_at__gt=now())
    rows = rows.exclude(state__in=NO_SALE_STATES)
    # A change that another transaction noted is due earlier, and stays.
    WaitingConversion.objects.bulk_create(
        (
            WaitingConversion(customer_id=key, at=at)
            for key, at in rows.order_by().values_list("customer").annotate(at=Min("created_at"))
        ),
        ignore_conflicts=True,
    )


def _note_of(orders: Any) -> None:
    """Note the customers of `orders`, in one statement."""
    using = router.db_for_write(WaitingConversion)
    people = Customer.objects.filter(Exists(orders.filter(customer=OuterRef("pk")))).order_by("pk")
    sql, given = statement_of(people.values("pk"), using)
    table = WaitingConversion._meta.db_table
    connection = connections[using]
    at = connection.ops.adapt_datetimefield_value(now())
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" (customer_id, at) SELECT people.*, %s FROM ({sql}) people'
            " WHERE true ON CONFLICT DO NOTHING",
            [at, *given],
        )
