"""What is stored of personalization."""

from personalization.models.behavior import BehaviorEvent
from personalization.models.behavior_property import BehaviorProperty, PropertyType
from personalization.models.conversion import AnnouncedOrder
from personalization.models.experiment import (
    Assignment,
    Experiment,
    ExperimentState,
    Method,
    Metric,
)
from personalization.models.exposure import IS_DEFAULT, Exposure, ExposureCount, VariantCounter
from personalization.models.fact import FactDetails
from personalization.models.insight import PersonalizationInsight
from personalization.models.offer import Offer, OfferKind, OfferRedemption
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
    ListInUse,
    RecommendationFit,
    RecommendationGate,
    RecommendationPromotion,
    RecommendationUse,
    RecommendationVersion,
    Wish,
)
from personalization.models.rule import PersonalizationRule, PersonalizationRuleVersion
from personalization.models.shop_shares import HourShare, InterestShare, ProfileUpkeep, Subject
from personalization.models.site import TrackingSite
from personalization.models.worth import EngagementMetric, HoldoutChange

__all__ = [
    "CODE",
    "IS_DEFAULT",
    "AnnouncedOrder",
    "Assignment",
    "BehaviorEvent",
    "BehaviorProperty",
    "ContentItem",
    "ContentType",
    "CustomerBrand",
    "CustomerInterest",
    "CustomerProfile",
    "EngagementMetric",
    "ExperienceVariant",
    "Experiment",
    "ExperimentState",
    "Exposure",
    "ExposureCount",
    "FactDetails",
    "HoldoutChange",
    "HourShare",
    "InterestShare",
    "ListInUse",
    "Method",
    "Metric",
    "Offer",
    "OfferKind",
    "OfferRedemption",
    "PersonalizationInsight",
    "PersonalizationRule",
    "PersonalizationRuleVersion",
    "Placement",
    "PlacementsStamp",
    "ProfileUpkeep",
    "PropertyType",
    "RecommendationFit",
    "RecommendationGate",
    "RecommendationPromotion",
    "RecommendationUse",
    "RecommendationVersion",
    "Subject",
    "TrackingSite",
    "VariantCounter",
    "WaitingProfile",
    "Wish",
]
