"""Announces orders as conversions, each at most once, however and however often it is imported.

The transaction that finds an order stores that it is announced, and the signal is sent after the
commit: of two processes that find the same order, one sends it. If a process is killed between the
commit and the signal, the order is never announced.
"""

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

from django.db import connections, router, transaction
from django.db.models import Exists, Max, Min, OuterRef, QuerySet

from conditions.sql.statement import statement_of
from customers.models import NO_SALE_STATES, Order
from personalization.models import AnnouncedOrder
from personalization.signals import conversion_achieved

# The number of orders that are looked up, or loaded, at once.
BATCH = 10_000
# The seed's; an order is the strongest sign of interest that there is.
SIGNIFICANCE = 0.8


def announce_orders(orders: Collection[int]) -> None:
    """Announce the orders of `orders` (internal keys) that were not announced before."""
    _announce(Order.objects.filter(pk__in=list(orders)))


def announce_of(customers: Collection[int]) -> None:
    """Announce all orders of `customers` (internal keys) that were not announced before."""
    _announce(Order.objects.filter(customer__in=list(customers)))


def announce_all() -> None:
    """Announce all orders that were not announced before, in transactions of their own."""
    first, last = Order.objects.aggregate(first=Min("pk"), last=Max("pk")).values()
    for start in range(first or 0, (last or 0) + 1, BATCH):
        _announce(Order.objects.filter(pk__range=(start, start + BATCH - 1)))


def _announce(orders: QuerySet[Order]) -> None:
    with transaction.atomic():
        found = _note_orders(orders)
        if found and conversion_achieved.has_listeners(Order):
            transaction.on_commit(partial(_send, found), robust=True)


def _note_orders(orders: QuerySet[Order]) -> list[int]:
    """Note the orders of `orders` that are sales and were not noted, and return their keys."""
    known = AnnouncedOrder.objects.filter(pk=OuterRef("pk"))
    fresh = orders.exclude(state__in=NO_SALE_STATES).exclude(Exists(known))
    using = router.db_for_write(AnnouncedOrder)
    # Always in the same order, so that transactions do not deadlock.
    sql, given = statement_of(fresh.order_by("pk").values("pk"), using)
    with connections[using].cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{AnnouncedOrder._meta.db_table}" (order_id) {sql}'
            " ON CONFLICT DO NOTHING RETURNING order_id",
            given,
        )
        return sorted(key for (key,) in cursor.fetchall())


def _send(orders: Sequence[int]) -> None:
    for start in range(0, len(orders), BATCH):
        rows = Order.objects.filter(pk__in=orders[start : start + BATCH]).order_by("pk")
        for one in rows.values("number", "customer_id", "created_at", "grand_total"):
            conversion_achieved.send_robust(
                Order,
                order=one["number"],
                customer_id=one["customer_id"],
                occurred_at=one["created_at"],
                revenue=one["grand_total"],
                significance=SIGNIFICANCE,
            )


def on_orders_saved(orders: Collection[int], **kwargs: Any) -> None:
    """Hear of orders that came as events."""
    announce_orders(orders)
