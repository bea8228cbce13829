"""Turns traces and metrics of OpenTelemetry on in a process of ours, by its role."""

from core.tracing.setup import Tracing, set_up_tracing
from segmentation_site.monitoring.capacity import do_regularly
from segmentation_site.monitoring.otlp_metrics import set_up_metrics
from segments.models.work.watermark import Work, count


def set_up_telemetry(role: str) -> None:
    """Begin to trace and to send metrics, as the settings say; `role` is web, worker or beat."""
    tracing = set_up_tracing(role)
    if tracing is not None:
        do_regularly(lambda: note_dropped(tracing))
    set_up_metrics(role)


def note_dropped(tracing: Tracing) -> None:
    """Count the spans that were dropped since the last call, for /metrics."""
    if dropped := tracing.processor.take_dropped():
        count(Work.SPANS_DROPPED, dropped)
