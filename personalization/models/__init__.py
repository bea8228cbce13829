"""What is stored: behaviour that the shop's tables do not hold, and what follows of customers."""

from personalization.models.behavior import BehaviorEvent
from personalization.models.fact import FactDetails
from personalization.models.profile import (
    CustomerBrand,
    CustomerInterest,
    CustomerProfile,
    WaitingProfile,
)
from personalization.models.shop_shares import HourShare, InterestShare, ProfileUpkeep, Subject
from personalization.models.site import TrackingSite

__all__ = [
    "BehaviorEvent",
    "CustomerBrand",
    "CustomerInterest",
    "CustomerProfile",
    "FactDetails",
    "HourShare",
    "InterestShare",
    "ProfileUpkeep",
    "Subject",
    "TrackingSite",
    "WaitingProfile",
]
