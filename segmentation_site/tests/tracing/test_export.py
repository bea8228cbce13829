"""A collector that is away, slow or broken costs nothing; metrics go to the one that is there."""

import os
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest
from django.conf import settings as configured
from django.test import Client

from core import extras
from core.tracing import setup
from core.tracing.spans import current_context, is_tracing, span
from segmentation_site.monitoring import request_durations
from segmentation_site.monitoring.otlp_metrics import OtlpMetrics, set_up_metrics
from segmentation_site.monitoring.telemetry import note_dropped
from segmentation_site.tests.tracing.conftest import values
from tests.lazy import LazyModule

pytestmark = [pytest.mark.once, pytest.mark.exhaustive]

export = LazyModule("core.tracing.export")

ENDED = SimpleNamespace(context=SimpleNamespace(trace_flags=SimpleNamespace(sampled=True)))
UNSAMPLED = SimpleNamespace(context=SimpleNamespace(trace_flags=SimpleNamespace(sampled=False)))


class Exporter:
    """An exporter that waits until it may go on, and then answers with `result`."""

    def __init__(self, result="SUCCESS"):
        from opentelemetry.sdk.trace.export import SpanExportResult

        self.result = SpanExportResult[result]
        self.may_go_on, self.began, self.is_shut = (threading.Event() for _event in range(3))
        self.sent = 0

    def export(self, batch):
        self.began.set()
        self.may_go_on.wait(30)
        self.sent += len(batch)
        return self.result

    def shutdown(self):
        self.is_shut.set()


def test_full_queue_drops_and_counts_without_waiting():
    pytest.importorskip("opentelemetry.sdk")
    exporter = Exporter()
    processor = export.QueueingProcessor(lambda: exporter, 0.01)
    for _span in range(3000):
        processor.on_end(ENDED)
        processor.on_end(UNSAMPLED)
    assert exporter.began.wait(30)
    assert processor.take_dropped() == 3000 - 2048
    exporter.may_go_on.set()
    processor.shutdown()
    assert exporter.sent == 2048
    assert processor.take_dropped() == 0


def test_failing_collector_is_one_line_a_minute(caplog):
    pytest.importorskip("opentelemetry.sdk")
    exporter = Exporter("FAILURE")
    exporter.may_go_on.set()
    processor = export.QueueingProcessor(lambda: exporter, 0.01)
    for _span in range(1500):
        processor.on_end(ENDED)
    processor.shutdown()
    assert processor.take_dropped() == exporter.sent == 1500
    assert len([one for one in caplog.records if one.name == "core.tracing.export"]) == 1


def test_process_does_not_wait_for_a_stuck_collector_at_its_end(monkeypatch):
    pytest.importorskip("opentelemetry.sdk")
    assert export.SECONDS_AT_END + export.SECONDS_TO_LET_GO <= 5
    monkeypatch.setattr("core.tracing.export.SECONDS_AT_END", 0.05)
    monkeypatch.setattr("core.tracing.export.SECONDS_TO_LET_GO", 0.05)
    exporter = Exporter()
    processor = export.QueueingProcessor(lambda: exporter, 0.01)
    processor.on_end(ENDED)
    assert exporter.began.wait(30)
    processor.shutdown()  # Comes back, though the collector has not answered.
    assert exporter.is_shut.is_set()
    exporter.may_go_on.set()


@pytest.mark.django_db
def test_dropped_spans_are_counted_for_all_processes_in_metrics(collector, traced, caplog):
    collector.status = 500
    with traced() as tracing:
        for _number in range(3):
            with span("work"):
                pass
        tracing.processor.force_flush()
        collector.status = 400  # Not tried again, so that the test ends.
    note_dropped(tracing)
    note_dropped(tracing)
    assert "tranche_spans_dropped_total 3.0" in Client().get("/metrics").content.decode()
    assert not [one for one in caplog.records if one.name.startswith("opentelemetry")]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks here")
def test_forked_process_exports_for_itself(collector, traced):
    with traced() as tracing:
        with span("parent"):
            pass
        child = os.fork()
        if child == 0:
            try:
                with span("child"):
                    pass
                tracing.processor.shutdown()
            finally:
                os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
    assert sorted(one.name for one in collector.spans()) == ["child", "parent"]


@pytest.mark.parametrize(("sampler", "is_sampled"), [("always_off", False), ("always_on", True)])
def test_standard_variable_names_the_sampler(collector, traced, monkeypatch, sampler, is_sampled):
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", sampler)
    monkeypatch.setenv("OTEL_SERVICE_NAME", "shop")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
    with traced("worker"), span("work"):
        assert bool(current_context()) is is_sampled
    found = collector.spans()
    assert [one.name for one in found] == ["work"] * is_sampled
    if is_sampled:
        assert found[0].resource["service.name"] == "shop"
        assert found[0].resource["deployment.environment.name"] == "test"
    monkeypatch.delenv("OTEL_TRACES_SAMPLER")
    assert "0.05" in setup._sampler().get_description()


def test_missing_extra_is_named_and_nothing_else_changes(settings, monkeypatch):
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = "http://127.0.0.1:1"
    settings.OTEL_METRICS_EXPORTER = "otlp"
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    found = [one.msg for one in extras.check_extras() if one.id == "operations.W001"]
    assert any(setup.SETTING in one and "otel" in one for one in found)
    assert setup.set_up_tracing("web") is None
    assert set_up_metrics("web") is None
    assert not is_tracing()


@pytest.mark.django_db
def test_metrics_are_sent_once_for_the_installation(settings, collector, monkeypatch):
    settings.OTEL_METRICS_EXPORTER = "otlp"
    web, worker = OtlpMetrics("web"), OtlpMetrics("worker")
    try:
        Client().get("/api/v1/customers/zq-77/segments/")
        for process in (worker, web, worker):
            process.send_if_due()
    finally:
        request_durations.measure_with(None)

    found = [
        (values(resource.resource.attributes)["service.name"], metric)
        for request in collector.metrics
        for resource in request.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    ]
    names = [metric.name for _service, metric in found]
    scraped = Client().get("/metrics").content.decode()
    shown = {line.split()[2] for line in scraped.splitlines() if line.startswith("# TYPE")}
    assert len(names) == len(set(names))
    assert {"tranche_queue_items", "tranche_spans_dropped_total", "tranche_workers"} <= set(names)
    assert set(names) - {"http.server.request.duration"} <= shown
    (duration,) = (one for one in found if one[1].name == "http.server.request.duration")
    assert duration[0] == "tranche-web"
    (point,) = duration[1].histogram.data_points
    assert values(point.attributes) == {
        "http.request.method": "GET",
        "http.response.status_code": 401,
        "http.route": "/api/v1/customers/{number}/segments/",
        "url.scheme": "http",
    }


@pytest.mark.once
@pytest.mark.exhaustive
def test_web_process_begins_without_the_packages():
    code = (
        "import sys; sys.modules['opentelemetry'] = None; import segmentation_site.wsgi; "
        "from core.extras import check_extras; print([one.id for one in check_extras()])"
    )
    environment = {"PATH": os.environ["PATH"], "SECRET_KEY": "x", setup.SETTING: "http://x:1"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=configured.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "['operations.W001']", done.stderr
