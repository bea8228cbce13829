"""For how long events are remembered, so that each counts once."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from customers.models import ReceivedEvent


def expired_events(at: datetime) -> QuerySet[ReceivedEvent]:
    """Return the events that are not remembered any more at `at`."""
    return ReceivedEvent.objects.filter(at__lt=at - timedelta(days=settings.KEEP_EVENTS_DAYS))
