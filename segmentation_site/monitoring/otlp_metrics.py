"""Export of the gauges of /metrics, and of request durations, to the collector of OpenTelemetry.

Figures of the database are sent once for the installation: the first process in a minute reads and
sends them. Each web process sends its own request durations.
"""

import logging
import time
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from prometheus_client.metrics_core import Metric as Family

from core.build import version
from core.clock import now
from core.extras import is_usable
from core.tracing.setup import SETTING, resource_of
from segmentation_site.monitoring import request_durations
from segmentation_site.monitoring.capacity import do_regularly
from segmentation_site.monitoring.metrics import figures_of
from segments.models.work.watermark import Work, is_time_for

logger = logging.getLogger(__name__)

EVERY = timedelta(seconds=60)
# The thread that sends also says that the process is there.
SECONDS_TO_SEND = 5
SECONDS_BETWEEN_LINES = 60.0
WEB = "web"


def set_up_metrics(role: str) -> "OtlpMetrics | None":
    """Send metrics from this process from now on, where the settings say so."""
    if settings.OTEL_METRICS_EXPORTER != "otlp" or not is_usable(SETTING):
        return None
    metrics = OtlpMetrics(role)
    do_regularly(metrics.send_if_due)
    return metrics


class OtlpMetrics:
    """The sender of the metrics of one process."""

    def __init__(self, role: str) -> None:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import InMemoryMetricReader

        logging.getLogger("opentelemetry.exporter").setLevel(logging.CRITICAL)
        self._exporter = OTLPMetricExporter(timeout=SECONDS_TO_SEND)
        self._resource: Any = resource_of(role)
        self._reader = InMemoryMetricReader() if role == WEB else None
        self._sent_at = self._line_at = -SECONDS_BETWEEN_LINES
        self._began = time.time_ns()
        if self._reader is not None:
            provider = MeterProvider([self._reader], self._resource, shutdown_on_exit=False)
            request_durations.measure_with(provider.get_meter("tranche", version()))

    def send_if_due(self) -> None:
        """Send the metrics if they are due, once a minute."""
        at = time.monotonic()
        if self._reader is not None and at - self._sent_at >= EVERY.total_seconds():
            self._sent_at = at
            if measured := self._reader.get_metrics_data():
                self._send(measured)
        if is_time_for(Work.METRICS_SENT, every=EVERY):
            self._send(self._data(figures_of(now())))

    def _data(self, families: Iterable[Family]) -> Any:
        from opentelemetry.sdk.metrics import export
        from opentelemetry.sdk.util.instrumentation import InstrumentationScope

        at = time.time_ns()
        metrics = [_metric(one, self._began, at) for one in families if one.samples]
        scope = export.ScopeMetrics(InstrumentationScope("tranche", version()), metrics, "")
        return export.MetricsData([export.ResourceMetrics(self._resource, [scope], "")])

    def _send(self, data: Any) -> None:
        try:
            sent = self._exporter.export(data).name == "SUCCESS"
        except Exception:
            sent = False
        at = time.monotonic()
        if not sent and at - self._line_at >= SECONDS_BETWEEN_LINES:
            self._line_at = at
            logger.warning("The collector of metrics took none: they are left out")


def _metric(family: Family, began: int, at: int) -> Any:
    from opentelemetry.sdk.metrics import export

    is_counter = family.type == "counter"
    points = [
        export.NumberDataPoint(dict(one.labels), began if is_counter else at, at, one.value)
        for one in family.samples
        if not one.name.endswith("_created")
    ]
    name = family.samples[0].name
    if is_counter:
        total = export.Sum(points, export.AggregationTemporality.CUMULATIVE, True)
        return export.Metric(name, family.documentation, "", total)
    return export.Metric(name, family.documentation, "", export.Gauge(points))
