"""What price rules hold about customers: whose a coupon is, and who reserved one.

Codes and their uses stay when somebody is erased; the code of nobody is no coupon any more.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from customers.models import Order
from customers.privacy.holdings import HOLDINGS, Holding, overwrite
from customers.privacy.retention import RULES, Rule
from price_rules.models import Coupon, Reservation

# So long a reservation is kept after it has ended, for whoever redeems again for its order. Those
# of orders that have arrived are uses, and stay with these.
KEPT = timedelta(days=30)


def register() -> None:
    """Register the models; called once, when Django is ready."""
    HOLDINGS.register(Holding(Coupon, "customer", erase=overwrite(customer=None)))
    HOLDINGS.register(Holding(Reservation, "customer", erase=overwrite(customer=None)))
    RULES.register(Rule("price_rules.reservation", _ended))


def _ended(at: datetime) -> QuerySet[Any]:
    arrived = Order.objects.filter(number=OuterRef("order"))
    return Reservation.objects.filter(~Exists(arrived), expires_at__lt=at - KEPT)
