"""The customer data of price rules: the owner of a coupon and the customer of a reservation.

Codes and their uses stay after an erasure; a code whose owner was erased is no longer valid.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.signals import pre_delete

from customers.models import Customer, Order
from customers.privacy.holdings import HOLDINGS, Holding, Person, Rows, overwrite
from customers.privacy.retention import RULES, Rule
from price_rules.coupons.uses import keep_uses
from price_rules.models import Coupon, Reservation

# How long a reservation is kept after it has expired, in case its order is redeemed again.
# Reservations of stored orders are uses, and stay as long as the orders.
KEPT = timedelta(days=30)


def register() -> None:
    """Register the models; called once, when Django is ready."""
    HOLDINGS.register(Holding(Coupon, "customer", erase=overwrite(customer=None)))
    HOLDINGS.register(Holding(Reservation, "customer", erase=_erase_reservations))
    pre_delete.connect(_keep_uses, sender=Customer)
    RULES.register(Rule("price_rules.reservation", _ended))


def _erase_reservations(rows: Rows, person: Person, *, keep_orders: bool) -> int:
    # Before the orders, which are erased later.
    if not keep_orders:
        keep_uses(person.pk)
    return rows.update(customer=None)


def _keep_uses(instance: Customer, **_signal: Any) -> None:
    # Lock the customer before the reservations, as a redemption does.
    Customer.objects.select_for_update().filter(pk=instance.pk).first()
    keep_uses(instance.pk)


def _ended(at: datetime) -> QuerySet[Any]:
    arrived = Order.objects.filter(number=OuterRef("order"))
    return Reservation.objects.filter(~Exists(arrived), expires_at__lt=at - KEPT)
