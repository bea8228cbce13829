"""The audience of a campaign: recipients and exclusions, coupons, warnings, freezing."""

from campaigns.audience.judging import audience_of

__all__ = ["audience_of"]
