"""Retention of exposures and their daily counts."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet

from customers.privacy.retention import Rule
from personalization.models import Experiment, ExperimentState, Exposure, ExposureCount


def old_exposures(at: datetime) -> QuerySet[Exposure]:
    """Return the exposures that are to be deleted at an aware instant.

    Exposures of an experiment are kept until KEEP_SERVED_DAYS after the experiment was stopped.
    """
    if not settings.KEEP_SERVED_DAYS:
        return Exposure.objects.none()
    first = at - timedelta(days=settings.KEEP_SERVED_DAYS)
    asked = Experiment.objects.filter(Q(state=ExperimentState.RUNNING) | Q(stopped_at__gte=first))
    return Exposure.objects.filter(at__lt=first).exclude(experiment__in=asked.values("code"))


def old_counts(at: datetime) -> QuerySet[ExposureCount]:
    """Return the daily counts that are to be deleted at an aware instant."""
    if not settings.KEEP_SERVED_DAYS:
        return ExposureCount.objects.none()
    first = (at - timedelta(days=settings.KEEP_SERVED_DAYS)).date()
    return ExposureCount.objects.filter(day__lt=first)


RULES = (
    Rule("personalization.exposure", old_exposures),
    Rule("personalization.exposurecount", old_counts),
)
