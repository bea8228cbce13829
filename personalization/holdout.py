"""Who always sees what everybody sees, so that what personalization brings can be measured."""

from django.conf import settings

from customers.models import Customer
from personalization.assignment import bucket

SALT = "holdout"


def is_held_out(customer: Customer) -> bool:
    """Return whether `customer` is one of HOLDOUT_BASIS_POINTS of 10,000, by their number."""
    return bucket(SALT, customer.external_id) < settings.HOLDOUT_BASIS_POINTS
