"""The order lines that count as purchases of a customer, for lists and comparisons of customers."""

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from customers.models import NO_SALE_STATES, Customer, OrderItem, Purpose
from customers.privacy.consent import refusing

SERVICE = "service"


def bought_lines() -> QuerySet[OrderItem]:
    """Return the lines that count as bought: top-level, of sales, with a quantity, no service."""
    found = OrderItem.objects.filter(parent=None, quantity__gt=0)
    return found.exclude(order__state__in=NO_SALE_STATES).exclude(product_type=SERVICE)


def lines_before(
    as_of: datetime, since: datetime | None = None, *, with_refusing: bool = False
) -> QuerySet[OrderItem]:
    """Return the bought lines of orders from `since` (None: any) until just before `as_of` (aware).

    Lines of customers who refuse personalization are left out unless `with_refusing`.
    """
    found = bought_lines().filter(order__created_at__lt=as_of)
    if since is not None:
        found = found.filter(order__created_at__gte=since)
    if not with_refusing:
        who = Customer.objects.filter(refusing(Purpose.PERSONALIZATION))
        found = found.exclude(Exists(who.filter(pk=OuterRef("order__customer"))))
    return found
