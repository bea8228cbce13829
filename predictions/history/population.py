"""The rows that exist as of a moment: the first filter of all computations of predictions.

A row exists if its own time is not later than `as_of`; its columns have their current values.
Events after `as_of` therefore do not change a result. An `as_of` is an aware instant.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Model, Q, QuerySet

from customers.models import (
    NO_SALE_STATES,
    Cart,
    Customer,
    Login,
    Order,
    OrderItem,
    ProductView,
    Purpose,
    Refund,
    RefundItem,
    WishlistItem,
)
from customers.privacy.consent import refusing
from segments.models import Segment

# The column that has a row's own time.
TIMES: Mapping[type[Model], str] = {
    Order: "created_at",
    OrderItem: "order__created_at",
    Refund: "created_at",
    RefundItem: "refund__created_at",
    Cart: "created_at",
    ProductView: "viewed_at",
    Login: "logged_in_at",
    WishlistItem: "added_at",
}


def existing(model: type[Model], as_of: datetime) -> QuerySet[Any]:
    """Return the rows of `model`, a key of `TIMES`, that exist as of an instant."""
    return model._default_manager.filter(**{f"{TIMES[model]}__lte": as_of})


def sales(as_of: datetime) -> QuerySet[Order]:
    """Return the orders that are sales: neither canceled nor closed."""
    return existing(Order, as_of).exclude(state__in=NO_SALE_STATES)


def population(as_of: datetime, segment: Segment | None = None) -> QuerySet[Customer]:
    """Return the customers that predictions cover, ordered by internal key.

    These customers are active and do not refuse personalization, both as of now, and had registered
    by `as_of` or have no known time of registration. `segment` limits them to its stored members.
    """
    there = Q(registered_at__isnull=True) | Q(registered_at__lte=as_of)
    found = Customer.objects.filter(there, is_active=True)
    found = found.exclude(refusing(Purpose.PERSONALIZATION))
    if segment is not None:
        found = found.filter(memberships__segment=segment)
    return found.order_by("pk")
