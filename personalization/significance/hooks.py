"""Connects significance with the intake of behaviours, webhooks and privacy."""

from django.utils.translation import gettext_lazy as _

from customers.privacy.holdings import HOLDINGS, Holding
from personalization.intake.stored_hooks import WHEN_STORED
from personalization.models import Recalculation
from personalization.significance.judging import judge_behaviors
from personalization.significance.recalculation import TOPIC, message_of
from segments.webhooks.topics import TOPICS, Topic


def register() -> None:
    """Register everything; called once, when Django is ready."""
    WHEN_STORED.register(judge_behaviors)
    TOPICS.register(Topic(TOPIC, _("Customers whose interests changed at once"), message_of))
    # The customer's own goes before a guest's.
    HOLDINGS.register(Holding(Recalculation, "customer", stays=True))
