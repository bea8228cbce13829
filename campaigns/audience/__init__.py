"""Who would get a campaign, and why somebody would not: recipients, coupons, warnings, freezing."""

from campaigns.audience.judging import audience_of

__all__ = ["audience_of"]
