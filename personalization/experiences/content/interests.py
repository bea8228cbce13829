"""The interests of a customer's profile, and the tastes that recommendations read from it."""

from collections.abc import Sequence
from datetime import datetime

from customers.models import Category, Customer
from personalization.profiles.affinity import Affinity
from personalization.profiles.computed import Profile, brand_shares
from personalization.recommend.replies.lists import Tastes


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


def best_interests(customer: Customer, as_of: datetime) -> Sequence[str]:
    """Return the categories of the customer's three best lifts, at an aware instant."""
    return Profile(customer, as_of).best_interests()


TASTES = Tastes(brand_shares, best_interests)
