"""A collector of OpenTelemetry on this machine, which is a webhook's receiver as well."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from types import SimpleNamespace

import pytest


class Collector:
    """Keeps the spans and metrics it is sent, as text fields, and the headers of webhooks."""

    def __init__(self):
        from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
            ExportMetricsServiceRequest,
        )
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
            ExportTraceServiceRequest,
        )

        self.traces, self.metrics, self.hooks, self.raw = [], [], [], b""
        self.status, self.hold = 200, threading.Event()
        self.hold.set()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.hold.wait(10)
                if self.path == "/v1/traces":
                    collector.raw += body
                    collector.traces.append(ExportTraceServiceRequest.FromString(body))
                elif self.path == "/v1/metrics":
                    collector.metrics.append(ExportMetricsServiceRequest.FromString(body))
                else:
                    collector.hooks.append(dict(self.headers))
                self.send_response(collector.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def spans(self):
        """Return the spans, in the order in which they began."""
        found = [
            SimpleNamespace(
                name=span.name,
                trace=span.trace_id.hex(),
                id=span.span_id.hex(),
                parent=span.parent_span_id.hex(),
                links=[(one.trace_id.hex(), one.span_id.hex()) for one in span.links],
                attributes=values(span.attributes),
                kind=span.kind,
                start=span.start_time_unix_nano,
                end=span.end_time_unix_nano,
                is_error=span.status.code == 2,
                resource=values(resource.resource.attributes),
            )
            for request in self.traces
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]
        return sorted(found, key=lambda span: span.start)

    def close(self):
        self.hold.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def values(attributes):
    """Return attributes by name."""
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}


@pytest.fixture
def collector(settings, monkeypatch):
    pytest.importorskip("opentelemetry.sdk")
    collector = Collector()
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = collector.url
    settings.WEBHOOK_NETWORKS = [ip_network("127.0.0.0/8")]
    settings.WEBHOOK_PORTS, settings.WEBHOOK_HTTP = [collector.port], True
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_on")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
    yield collector
    collector.close()


@pytest.fixture
def traced(collector):
    """Return a context in which this process traces; at its end the collector has all spans."""
    from core.tracing.setup import set_up_tracing

    @contextmanager
    def tracing(role="web"):
        tracing = set_up_tracing(role)
        assert tracing is not None
        try:
            yield tracing
        finally:
            tracing.shutdown()

    return tracing
