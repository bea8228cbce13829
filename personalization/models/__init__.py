"""What is stored: behaviour that the shop's own tables do not hold."""

from personalization.models.behavior import BehaviorEvent

__all__ = ["BehaviorEvent"]
