"""Models whose customers or predictions have changed; needs the app of predictions."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import OuterRef, Subquery

from alerts.failures.findings import FailureCheck, Finding
from alerts.models import AlertKind
from predictions.models import DriftReading, DriftStatus, PredictionModel


def find_drift(at: datetime) -> Iterator[Finding]:
    """Yield the active models whose version in use drifts by its latest reading."""
    readings = DriftReading.objects.filter(version=OuterRef("deployed"), at__lte=at)
    latest = Subquery(readings.order_by("-at", "-pk").values("status")[:1])
    models = PredictionModel.objects.filter(is_active=True).annotate(drift_status=latest)
    for model in models.filter(drift_status=DriftStatus.ALARM):
        yield Finding(AlertKind.DRIFT, about=f"model {model.code}", details={"name": str(model)})


DRIFT = FailureCheck(AlertKind.DRIFT, find_drift)
