"""The models of personalization."""

from personalization.models.behavior.event import BehaviorEvent
from personalization.models.behavior.facts import FactDetails
from personalization.models.behavior.property import BehaviorProperty, PropertyType
from personalization.models.behavior.site import TrackingSite
from personalization.models.experiences.bandit import BanditBatch
from personalization.models.experiences.conversion import (
    AnnouncedOrder,
    AttributedConversion,
    WaitingConversion,
)
from personalization.models.experiences.experiment import (
    Assignment,
    Experiment,
    ExperimentState,
    Method,
    Metric,
    Mode,
    OnWinner,
    Reward,
)
from personalization.models.experiences.exposure import (
    IS_DEFAULT,
    ExploredExposure,
    Exposure,
    ExposureCount,
    VariantCounter,
)
from personalization.models.experiences.offer import Offer, OfferKind, OfferRedemption
from personalization.models.experiences.placement import (
    ContentItem,
    ContentType,
    ExperienceVariant,
    Placement,
    PlacementsStamp,
    Selection,
)
from personalization.models.incremental_revenue import EngagementMetric, HoldoutChange
from personalization.models.profiles.insight import PersonalizationInsight
from personalization.models.profiles.profile import (
    CustomerBrand,
    CustomerInterest,
    CustomerProfile,
    CustomerValueShare,
    WaitingProfile,
)
from personalization.models.profiles.recalculation import Recalculation
from personalization.models.profiles.shop_shares import (
    HourShare,
    InterestShare,
    ProfileUpkeep,
    Subject,
)
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

__all__ = [
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
