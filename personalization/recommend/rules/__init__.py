"""Business rules of recommendations: what drops a product from a list, and why."""

from personalization.recommend.rules.product_rules import DIVERSITY, RULES
from personalization.recommend.rules.rule import Rule, Situation, Wishes

__all__ = ["DIVERSITY", "RULES", "Rule", "Situation", "Wishes"]
