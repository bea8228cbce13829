"""The hold-out: customers who always get what everybody gets, to measure what the rest brings."""

from django.conf import settings

from personalization.assignment import bucket

SALT = "holdout"


def is_held_out(number: str) -> bool:
    """Return whether the customer whom the shop calls `number` is in the hold-out."""
    return bucket(SALT, number) < settings.HOLDOUT_BASIS_POINTS
