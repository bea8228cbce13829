"""What is stored: behaviour that the shop's own tables do not hold, and who may tell of it."""

from personalization.models.behavior import BehaviorEvent
from personalization.models.fact import FactDetails
from personalization.models.site import TrackingSite

__all__ = ["BehaviorEvent", "FactDetails", "TrackingSite"]
