"""What is stored: behaviour that the shop's own tables do not hold, fits of recommendations and
rules about them.
"""

from personalization.models.behavior import BehaviorEvent
from personalization.models.recommendation import (
    RecommendationFit,
    RecommendationGate,
    RecommendationPromotion,
    RecommendationUse,
    RecommendationVersion,
)
from personalization.models.rule import PersonalizationRule, PersonalizationRuleVersion

__all__ = [
    "BehaviorEvent",
    "PersonalizationRule",
    "PersonalizationRuleVersion",
    "RecommendationFit",
    "RecommendationGate",
    "RecommendationPromotion",
    "RecommendationUse",
    "RecommendationVersion",
]
