"""The significance of a behaviour for a customer's profile, and the recalculation after it."""

from personalization.significance.shift import shift

__all__ = ["shift"]
