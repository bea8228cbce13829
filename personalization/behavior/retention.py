"""Retention of behaviour, and of visitors who do not come back."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from customers.models import (
    CartItem,
    Customer,
    Login,
    NewsletterSubscription,
    Order,
    ProductView,
    WishlistItem,
)
from customers.models.identity.customer import CustomerKind
from customers.privacy.retention import Rule
from personalization.models import BehaviorEvent, FactDetails
from personalization.visitors.collecting import BEGINNING, VISITOR

# The activity of a visitor by model: the path to the customer, and the column of the time.
ACTIVITY = (
    (BehaviorEvent, "customer", "occurred_at"),
    (ProductView, "customer", "viewed_at"),
    (Login, "customer", "logged_in_at"),
    (WishlistItem, "wishlist__customer", "added_at"),
    (CartItem, "cart__customer", "added_at"),
)


def old_behaviors(at: datetime) -> QuerySet[BehaviorEvent]:
    """Return the behaviours of more than `KEEP_BEHAVIOR_DAYS` before an aware instant."""
    days = settings.KEEP_BEHAVIOR_DAYS
    if not days:
        return BehaviorEvent.objects.none()
    return BehaviorEvent.objects.filter(occurred_at__lt=at - timedelta(days=days))


def old_details(at: datetime) -> QuerySet[FactDetails]:
    """Return the details of views, wishes and log-ins of that age; the rows themselves stay."""
    days = settings.KEEP_BEHAVIOR_DAYS
    if not days:
        return FactDetails.objects.none()
    return FactDetails.objects.filter(occurred_at__lt=at - timedelta(days=days))


def old_visitors(at: datetime) -> QuerySet[Customer]:
    """Return the visitors who did nothing in the `GUEST_TRACKING_DAYS` before an aware instant.

    Visitors with an order or a newsletter subscription are not returned.
    """
    days = settings.GUEST_TRACKING_DAYS
    if not days:
        return Customer.objects.none()
    since = at - timedelta(days=days)
    rows = Customer.objects.filter(
        external_id__startswith=BEGINNING,
        external_id__regex=rf"^{VISITOR}$",
        kind=CustomerKind.GUEST,
        registered_at__lt=since,
    )
    for model, path, when in ACTIVITY:
        done = model._default_manager.filter(**{path: OuterRef("pk"), f"{when}__gte": since})
        rows = rows.exclude(Exists(done))
    for kept in (Order, NewsletterSubscription):
        rows = rows.exclude(Exists(kept._default_manager.filter(customer=OuterRef("pk"))))
    return rows


RULES = (
    Rule("personalization.behaviorevent", old_behaviors),
    Rule("personalization.factdetails", old_details),
    Rule("personalization.visitor", old_visitors),
)
