"""The interests of a customer's profile."""

from collections.abc import Sequence
from datetime import datetime

from customers.models import Category, Customer
from personalization.profiles.affinity import Affinity
from personalization.profiles.computed import Profile


def interests_of(customer: Customer, as_of: datetime) -> Sequence[Affinity]:
    """Return the interests at an aware instant, the best lift first."""
    return Profile(customer, as_of).interests


def top_interest(customer: Customer, as_of: datetime) -> str:
    """Return the name of the category that comes first of a customer's interests, else ''."""
    first = next(iter(interests_of(customer, as_of)), None)
    if first is None:
        return ""
    rows = Category.objects.filter(code=first.code).values_list("name", flat=True)
    return rows.first() or ""
