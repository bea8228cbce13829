"""The order lines that count as purchases of a customer, for lists and comparisons of customers."""

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from customers.models import NO_SALE_STATES, Customer, OrderItem, Purpose
from customers.privacy.consent import refusing

SERVICE = "service"


def lines_before(
    as_of: datetime, since: datetime | None = None, *, with_refusing: bool = False
) -> QuerySet[OrderItem]:
    """Return the order lines that count as purchases, from `since` (None: any) until `as_of`.

    These are top-level lines with a quantity above 0, of no service, of orders that are sales and
    were created before `as_of` (aware). Lines of customers who refuse personalization are left out
    unless `with_refusing`.
    """
    found = OrderItem.objects.filter(
        parent=None, quantity__gt=0, order__created_at__lt=as_of
    ).exclude(order__state__in=NO_SALE_STATES)
    found = found.exclude(product_type=SERVICE)
    if since is not None:
        found = found.filter(order__created_at__gte=since)
    if not with_refusing:
        who = Customer.objects.filter(refusing(Purpose.PERSONALIZATION))
        found = found.exclude(Exists(who.filter(pk=OuterRef("order__customer"))))
    return found
