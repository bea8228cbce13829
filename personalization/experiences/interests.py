"""What a customer is interested in, as their profile has it."""

from collections.abc import Sequence
from datetime import datetime
from importlib import import_module
from typing import Any, Protocol

from customers.models import Category, Customer


class Interest(Protocol):
    """A category, and the share of it in all that the customer is interested in."""

    code: str
    share: float


def interests_of(customer: Customer, as_of: datetime) -> Sequence[Interest]:
    """Return the interests at an aware instant, the best lift first."""
    profile: Any = import_module("personalization.profile")
    found: Sequence[Interest] = profile.Profile(customer, as_of).interests
    return found


def top_interest(customer: Customer, as_of: datetime) -> str:
    """Return what the category is called that comes first of a customer's interests, else ''."""
    first = next(iter(interests_of(customer, as_of)), None)
    if first is None:
        return ""
    rows = Category.objects.filter(code=first.code).values_list("name", flat=True)
    return rows.first() or ""
