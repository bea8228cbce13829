"""How much a behaviour changes what is known of a customer, and what follows from a big change."""

from personalization.significance.shift import shift

__all__ = ["shift"]
