"""The only reader of the current time; everywhere else the time is a parameter."""

from datetime import datetime

from django.utils import timezone


def now() -> datetime:
    """Return the current instant, aware, in UTC."""
    return timezone.now()
