"""Insights about a customer, each kind in its own module.

A module has a function that returns an insight about a profile or None, registered in `INSIGHTS`.
The sentence is a template that is rendered in the reader's language.
"""

from collections.abc import Callable, Sequence

from personalization.insights.engagement import engagement_moved
from personalization.insights.insufficient_data import not_enough
from personalization.insights.new_interest import new_interest
from personalization.insights.overdue import overdue
from personalization.insights.price_sensitive import price_sensitive
from personalization.insights.top_interest import top_interest
from personalization.models import PersonalizationInsight
from personalization.profiles.computed import Profile

Find = Callable[[Profile], PersonalizationInsight | None]
MOST = 5
INSIGHTS: Sequence[Find] = (
    top_interest,
    engagement_moved,
    overdue,
    price_sensitive,
    new_interest,
)


def insights_of(profile: Profile) -> list[PersonalizationInsight]:
    """Return the insights of a profile in the order of their codes, 5 at most.

    A profile with too few activities gets the insight `not_enough` only.
    """
    too_little = not_enough(profile)
    if too_little is not None:
        return [too_little]
    found = [insight for find in INSIGHTS if (insight := find(profile)) is not None]
    return sorted(found, key=lambda one: one.code)[:MOST]


__all__ = ["INSIGHTS", "Find", "PersonalizationInsight", "insights_of"]
