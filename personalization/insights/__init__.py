"""What is worth knowing of a customer, each kind in a file of its own."""

from collections.abc import Sequence

from personalization.insights.engagement import engagement_moved
from personalization.insights.insight import Find, PersonalizationInsight
from personalization.insights.new_interest import new_interest
from personalization.insights.not_enough import not_enough
from personalization.insights.overdue import overdue
from personalization.insights.price_sensitive import price_sensitive
from personalization.insights.top_interest import top_interest
from personalization.profile import Profile

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

    Of whom too little is known that alone is said.
    """
    too_little = not_enough(profile)
    if too_little is not None:
        return [too_little]
    found = [insight for find in INSIGHTS if (insight := find(profile)) is not None]
    return sorted(found, key=lambda one: one.code)[:MOST]


__all__ = ["INSIGHTS", "Find", "PersonalizationInsight", "insights_of"]
