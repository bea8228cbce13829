"""How recommendations read a customer's tastes: from their profile, computed at the call."""

from collections.abc import Sequence
from datetime import datetime

from customers.models import Customer
from personalization.profiles.computed import Profile, brand_shares
from personalization.recommend.replies.lists import Tastes


def best_interests(customer: Customer, as_of: datetime) -> Sequence[str]:
    """Return the categories of the customer's three best lifts, at an aware instant."""
    return Profile(customer, as_of).best_interests()


TASTES = Tastes(brand_shares, best_interests)
