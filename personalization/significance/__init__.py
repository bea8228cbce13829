"""The significance of a behaviour for a customer's profile, and the recalculation after it."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

# The last so many views of a session count, and no shift is seen in fewer than the least.
VIEWS, FEWEST_VIEWS = 5, 3


def shift(views: Sequence[AbstractSet[str]], interests: AbstractSet[str]) -> float:
    """Return the shift (0..1) of a session from the customer's best interests before it.

    `views` are the categories of each product view of the session, oldest first, of which the last
    five count; `interests` the customer's best categories. The shift is the share of views that
    have none of these categories, times min(1, views / 5); 0 below three views or without
    interests (the contract, lists_and_loop.md §2.2).
    """
    last = views[-VIEWS:]
    if len(last) < FEWEST_VIEWS or not interests:
        return 0.0
    elsewhere = sum(1 for categories in last if categories.isdisjoint(interests))
    # The share of the views and min(1, views / 5), whose number of views cancels out.
    return elsewhere / VIEWS
