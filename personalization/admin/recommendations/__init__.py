"""Recommendations in the admin: their rules, how a reply comes about, all customers' interests."""

from personalization.admin.recommendations.inspector import InspectorAdmin
from personalization.admin.recommendations.interests import InterestsAdmin
from personalization.admin.recommendations.rules import RuleAdmin

__all__ = ["InspectorAdmin", "InterestsAdmin", "RuleAdmin"]
