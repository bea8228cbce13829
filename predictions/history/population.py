"""What exists as of a moment: the first filter of everything that is computed here.

A row exists if its own time is not later than `as_of`; its columns are those that are stored now.
So whatever happens later changes nothing of what was computed. An `as_of` is an aware instant.
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

# Where a row's own time stands.
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
    """Return the rows of `model`, one of `TIMES`, that exist."""
    return model._default_manager.filter(**{f"{TIMES[model]}__lte": as_of})


def sales(as_of: datetime) -> QuerySet[Order]:
    """Return the orders that are sales: neither canceled nor closed."""
    return existing(Order, as_of).exclude(state__in=NO_SALE_STATES)


def population(as_of: datetime, segment: Segment | None = None) -> QuerySet[Customer]:
    """Return the customers about whom anything is computed, by internal key.

    Those are active, were there (registered, or it is not known when) and do not refuse
    personalization now; with `segment` only its stored members.
    """
    there = Q(registered_at__isnull=True) | Q(registered_at__lte=as_of)
    found = Customer.objects.filter(there, is_active=True)
    found = found.exclude(refusing(Purpose.PERSONALIZATION))
    if segment is not None:
        found = found.filter(memberships__segment=segment)
    return found.order_by("pk")
