"""What is stored: behaviour that the shop's own tables do not hold, and what pages show to whom."""

from personalization.models.behavior import BehaviorEvent
from personalization.models.exposure import Exposure, ExposureCount, VariantCounter
from personalization.models.placement import (
    CODE,
    ContentItem,
    ContentType,
    ExperienceVariant,
    Placement,
    PlacementsStamp,
)

__all__ = [
    "CODE",
    "BehaviorEvent",
    "ContentItem",
    "ContentType",
    "ExperienceVariant",
    "Exposure",
    "ExposureCount",
    "Placement",
    "PlacementsStamp",
    "VariantCounter",
]
