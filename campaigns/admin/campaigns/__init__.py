"""Campaigns in the admin: the form of a draft, what is sent to how many, what it brought."""

from campaigns.admin.campaigns.page import CampaignAdmin

__all__ = ["CampaignAdmin"]
