"""Connects conversions with what other apps announce and register."""

from django.utils.translation import gettext_lazy as _

from core.api.routes.parts import PARTS, Part
from customers.changes.hooks import WHEN_PROCESSED
from customers.privacy.holdings import HOLDINGS, Holding
from customers.signals import changes_processed
from personalization.conversions.documents import TOPIC, message_of
from personalization.conversions.queue import (
    attribute_waiting,
    note_changed,
    note_late_touches,
)
from personalization.intake.stored_hooks import WHEN_STORED
from personalization.models import AttributedConversion, WaitingConversion
from segments.webhooks.topics import TOPICS, Topic


def register() -> None:
    """Register everything; called once, when Django is ready."""
    WHEN_PROCESSED.register(note_changed)
    WHEN_STORED.register(note_late_touches)
    changes_processed.connect(attribute_waiting, dispatch_uid="personalization.attributed")
    TOPICS.register(Topic(TOPIC, _("Orders with what personalization contributed"), message_of))
    HOLDINGS.register(Holding(AttributedConversion, "customer"))
    HOLDINGS.register(
        Holding(
            WaitingConversion,
            rows=lambda person: WaitingConversion.objects.filter(pk=person.pk),
            columns=("customer_id",),
        )
    )
    PARTS.register(
        Part("personalization.conversions", "personalization.api.incremental_revenue.conversions")
    )
