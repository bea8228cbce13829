"""Goals by which a placement chooses its variant: weights, evidence and scores."""

from personalization.goals.scores import goal_scores

__all__ = ["goal_scores"]
