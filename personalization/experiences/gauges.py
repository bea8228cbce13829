"""Metrics of experiences for /metrics."""

from collections.abc import Iterator

from django.db.models import Sum

from core.gauges import Gauge
from personalization.models import ExposureCount


def deadlines() -> Iterator[tuple[str, float | None]]:
    """Yield how often each placement was not ready in time, over all days that are kept."""
    rows = ExposureCount.objects.filter(deadlines__gt=0).order_by("element")
    yield from (
        rows.values("element").annotate(number=Sum("deadlines")).values_list("element", "number")
    )


DEADLINES = Gauge(
    "experience_deadlines", "Elements that were not ready in time.", "placement", deadlines
)
