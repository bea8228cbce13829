"""Turns traces on in this process, where the settings say so and the extra is installed."""

import atexit
import logging
import os
from collections.abc import Callable

from django.conf import settings

from core.build import version
from core.extras import is_usable, register_extra
from core.tracing.spans import use_backend
from core.tracing.statements import trace_statements

logger = logging.getLogger(__name__)

SETTING = "OTEL_EXPORTER_OTLP_ENDPOINT"
# The share of traces begun here that is sampled, unless OTEL_TRACES_SAMPLER is set.
SAMPLED = 0.05
# Milliseconds between two looks at the queue, unless OTEL_BSP_SCHEDULE_DELAY says.
EVERY = "5000"


def is_wanted() -> bool:
    """Return whether the settings turn traces or metrics of OpenTelemetry on."""
    is_off = os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    return bool(settings.OTEL_EXPORTER_OTLP_ENDPOINT) and not is_off


def register() -> None:
    """Register which setting needs the extra."""
    register_extra(
        setting=SETTING,
        extra="otel",
        module="opentelemetry.exporter.otlp.proto.http",
        is_on=is_wanted,
    )


def set_up_tracing(role: str) -> "Tracing | None":
    """Make spans in this process (`web`, `worker`, `beat`) from now on; None where they are off."""
    if not is_usable(SETTING) or os.environ.get("OTEL_TRACES_EXPORTER", "").strip() == "none":
        return None
    return Tracing(role)


def resource_of(role: str) -> "object":
    """Return the OpenTelemetry resource of a process of this role."""
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource

    defaults = {"service.name": f"tranche-{role}", "service.version": version()}
    return Resource(defaults).merge(OTELResourceDetector().detect())


class Tracing:
    """The traces of this process, until they are shut down at its end."""

    def __init__(self, role: str) -> None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.sampling import ALWAYS_ON

        from core.tracing.backend import OpenTelemetryBackend
        from core.tracing.export import QueueingProcessor

        # A collector that is away would have a line for each attempt; ours is one a minute.
        logging.getLogger("opentelemetry.exporter").setLevel(logging.CRITICAL)
        delay = os.environ.get("OTEL_BSP_SCHEDULE_DELAY") or EVERY
        self.processor = QueueingProcessor(OTLPSpanExporter, float(delay) / 1000)
        resource = resource_of(role)
        tracers = []
        for sampler in (_sampler(), ALWAYS_ON):
            provider = TracerProvider(sampler, resource, shutdown_on_exit=False)
            provider.add_span_processor(self.processor)
            tracers.append(provider.get_tracer("tranche", version()))
        backend = OpenTelemetryBackend(*tracers)
        self._end_statements: Callable[[], None] = trace_statements(
            backend, with_text=settings.OTEL_DB_STATEMENTS
        )
        use_backend(backend)
        atexit.register(self.shutdown)
        logger.info("Traces go to the collector of %s", SETTING)

    def shutdown(self) -> None:
        """Make no more spans, and send those that there are, for five seconds at most."""
        atexit.unregister(self.shutdown)
        use_backend(None)
        self._end_statements()
        self.processor.shutdown()


def _sampler() -> "object":
    """Return the sampler: the one that the environment names, or a twentieth of new traces."""
    from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio

    if os.environ.get("OTEL_TRACES_SAMPLER", "").strip():
        return None  # The library reads the variable.
    return ParentBasedTraceIdRatio(SAMPLED)
