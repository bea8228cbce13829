"""What is stored of personalization."""

from personalization.models.behavior import BehaviorEvent
from personalization.models.exposure import Exposure, ExposureCount, VariantCounter
from personalization.models.fact import FactDetails
from personalization.models.placement import (
    CODE,
    ContentItem,
    ContentType,
    ExperienceVariant,
    Placement,
    PlacementsStamp,
)
from personalization.models.profile import (
    CustomerBrand,
    CustomerInterest,
    CustomerProfile,
    WaitingProfile,
)
from personalization.models.recommendation import (
    RecommendationFit,
    RecommendationGate,
    RecommendationPromotion,
    RecommendationUse,
    RecommendationVersion,
)
from personalization.models.rule import PersonalizationRule, PersonalizationRuleVersion
from personalization.models.shop_shares import HourShare, InterestShare, ProfileUpkeep, Subject
from personalization.models.site import TrackingSite

__all__ = [
    "CODE",
    "BehaviorEvent",
    "ContentItem",
    "ContentType",
    "CustomerBrand",
    "CustomerInterest",
    "CustomerProfile",
    "ExperienceVariant",
    "Exposure",
    "ExposureCount",
    "FactDetails",
    "HourShare",
    "InterestShare",
    "PersonalizationRule",
    "PersonalizationRuleVersion",
    "Placement",
    "PlacementsStamp",
    "ProfileUpkeep",
    "RecommendationFit",
    "RecommendationGate",
    "RecommendationPromotion",
    "RecommendationUse",
    "RecommendationVersion",
    "Subject",
    "TrackingSite",
    "VariantCounter",
    "WaitingProfile",
]
