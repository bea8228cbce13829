"""Campaigns in the admin: the form of a draft, the audience, sending, and results."""

from campaigns.admin.campaigns.page import CampaignAdmin

__all__ = ["CampaignAdmin"]
