"""Gauges of models for /metrics."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from core.gauges import Gauge
from predictions.models import DriftStatus
from predictions.monitoring.drift_readings import with_drift
from predictions.registry import models


def indices() -> Iterator[tuple[str, float | None]]:
    """Yield the population stability index of each version in use that was looked at."""
    for model in _models():
        yield model.code, model.drift_psi


def alarms() -> Iterator[tuple[str, float | None]]:
    """Yield 1 where the last look at a version in use was an alarm, else 0."""
    for model in _models():
        if model.drift_status:
            yield model.code, model.drift_status == DriftStatus.ALARM


def _models() -> QuerySet[Any]:
    return with_drift(models()).defer("deployed__artifact", "deployed__bins")


PSI = Gauge("prediction_psi", "How far customers are from those of the training.", "model", indices)
ALARM = Gauge("prediction_drift_alarm", "1: the last look at drift was an alarm.", "model", alarms)
