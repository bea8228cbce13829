"""What is stored of personalization."""

from personalization.models.bandit import BanditBatch
from personalization.models.behavior import BehaviorEvent
from personalization.models.behavior_property import BehaviorProperty, PropertyType
from personalization.models.conversion import (
    AnnouncedOrder,
    AttributedConversion,
    WaitingConversion,
)
from personalization.models.experiment import (
    Assignment,
    Experiment,
    ExperimentState,
    Method,
    Metric,
    Mode,
    OnWinner,
    Reward,
)
from personalization.models.exposure import (
    IS_DEFAULT,
    ExploredExposure,
    Exposure,
    ExposureCount,
    VariantCounter,
)
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
    Selection,
)
from personalization.models.profile import (
    CustomerBrand,
    CustomerInterest,
    CustomerProfile,
    CustomerValueShare,
    WaitingProfile,
)
from personalization.models.recalculation import Recalculation
from personalization.models.recommendation import (
    ListInUse,
    RecommendationFit,
    RecommendationGate,
    RecommendationPromotion,
    RecommendationUse,
    RecommendationVersion,
    SequenceFit,
    StoredCandidates,
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
    "AttributedConversion",
    "BanditBatch",
    "BehaviorEvent",
    "BehaviorProperty",
    "ContentItem",
    "ContentType",
    "CustomerBrand",
    "CustomerInterest",
    "CustomerProfile",
    "CustomerValueShare",
    "EngagementMetric",
    "ExperienceVariant",
    "Experiment",
    "ExperimentState",
    "ExploredExposure",
    "Exposure",
    "ExposureCount",
    "FactDetails",
    "HoldoutChange",
    "HourShare",
    "InterestShare",
    "ListInUse",
    "Method",
    "Metric",
    "Mode",
    "Offer",
    "OfferKind",
    "OfferRedemption",
    "OnWinner",
    "PersonalizationInsight",
    "PersonalizationRule",
    "PersonalizationRuleVersion",
    "Placement",
    "PlacementsStamp",
    "ProfileUpkeep",
    "PropertyType",
    "Recalculation",
    "RecommendationFit",
    "RecommendationGate",
    "RecommendationPromotion",
    "RecommendationUse",
    "RecommendationVersion",
    "Reward",
    "Selection",
    "SequenceFit",
    "StoredCandidates",
    "Subject",
    "TrackingSite",
    "VariantCounter",
    "WaitingConversion",
    "WaitingProfile",
    "Wish",
]
