"""GET /metrics: figures of segments, runs, queues and workers, as Prometheus reads them."""

from collections.abc import Callable, Iterator
from datetime import datetime
from http import HTTPStatus
from ipaddress import ip_address

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from core.clock import now
from core.database.replicas import lags
from core.gauges import GAUGES
from segmentation_site.monitoring.families import counter, family, gauge
from segmentation_site.monitoring.figures import (
    SegmentFigures,
    queue_figures,
    run_figures,
    segment_figures,
    work_figures,
)
from segmentation_site.monitoring.load_metrics import build_metric, load_metrics
from segments.models.work.watermark import Work

# With one of these headers, the request came through a proxy: the connection is not the client's.
FORWARDED = ("X-Forwarded-For", "X-Real-IP", "Forwarded")
PLAIN = "text/plain; charset=utf-8"


def metrics(request: HttpRequest) -> HttpResponse:
    """Return the current metrics to requests with `settings.METRICS_TOKEN` as bearer token.

    401 for requests without the token. If no token is set, 403 for requests from other machines.
    503 if the database does not answer.
    """
    status = _refusal(request)
    if status is not None:
        return HttpResponse(f"{status.phrase}\n", status=status, content_type=PLAIN)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(now()))
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    try:
        return HttpResponse(encode(registry), content_type=content_type)
    except DatabaseError:
        status = HTTPStatus.SERVICE_UNAVAILABLE
        return HttpResponse("The database does not answer.\n", status=status, content_type=PLAIN)


def _refusal(request: HttpRequest) -> HTTPStatus | None:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        right = constant_time_compare(given, f"Bearer {settings.METRICS_TOKEN}")
        return None if right else HTTPStatus.UNAUTHORIZED
    try:
        local = ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:  # A socket file has no address.
        local = False
    is_forwarded = any(name in request.headers for name in FORWARDED)
    return None if local and not is_forwarded else HTTPStatus.FORBIDDEN


class _Figures(Collector):
    """The collector of the figures at one instant; the registry asks for them."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def collect(self) -> Iterator[Metric]:
        yield from figures_of(self.at)


def figures_of(at: datetime) -> Iterator[Metric]:
    """Yield all figures as of `at` (aware)."""
    yield from _of_segments(at)
    yield from _of_runs(at)
    yield from _of_the_queue(at)
    yield from _of_work(at)
    yield from _of_replicas()
    yield from load_metrics(at)
    yield build_metric()
    yield from _of_apps()


def _of_segments(at: datetime) -> Iterator[Metric]:
    segments = segment_figures(at)
    yield gauge("segments", "Active segments that are shown.", len(segments))
    for name, text, value in _BY_SEGMENT:
        rows = [((one.code,), value(one)) for one in segments]
        yield family(f"segment_{name}", text, ["segment"], rows)
    yield family(
        "segment_refresh_age_seconds",
        "Since the last refresh as a whole.",
        ["segment", "mode"],
        [((one.code, one.mode), one.age) for one in segments],
    )


_BY_SEGMENT: list[tuple[str, str, Callable[[SegmentFigures], float | None]]] = [
    ("members", "Stored members.", lambda one: one.members),
    (
        "refresh_duration_seconds",
        "How long the last completed refresh took.",
        lambda one: one.duration,
    ),
    (
        "batch_seconds",
        "How long it takes to judge a batch of changed customers.",
        lambda one: one.batch_seconds,
    ),
    ("stale", "1: the stored members may be out of date.", lambda one: one.is_stale),
    ("quarantined", "1: left alone after failing again and again.", lambda one: one.is_quarantined),
]


def _of_runs(at: datetime) -> Iterator[Metric]:
    runs = run_figures(at)
    yield family(
        "runs_unfinished",
        "Refresh runs that wait (queued) or are worked on (running).",
        ["state"],
        [((state,), count) for state, count in runs.unfinished.items()],
    )
    yield gauge(
        "run_oldest_queued_age_seconds",
        "Since the longest waiting run was asked for; 0: none waits.",
        runs.oldest_queued_age or 0,
    )
    yield family(
        "runs_recent",
        "How the latest runs, at most 1,000, have ended.",
        ["state"],
        [((state,), runs.recent.get(state, 0)) for state in ("completed", "failed", "cancelled")],
    )
    yield family(
        "run_recent_duration_seconds",
        "How long the completed ones of these took.",
        ["quantile"],
        [((str(quantile),), seconds) for quantile, seconds in runs.durations.items()],
    )


def _of_the_queue(at: datetime) -> Iterator[Metric]:
    queue = queue_figures(at)
    yield gauge("dirty_marks", "Marks of changed customers, 100,000 at most.", queue.marks)
    yield gauge("dirty_customers", "Customers whom these marks name.", queue.customers)
    yield gauge(
        "dirty_oldest_age_seconds",
        "How long the oldest mark has waited; 0: none waits.",
        queue.oldest_age or 0,
    )
    yield gauge(
        "costly_oldest_age_seconds",
        "The same for costly segments, which rest between their turns.",
        queue.oldest_costly_age or 0,
    )


def _of_work(at: datetime) -> Iterator[Metric]:
    work = work_figures(at)
    yield gauge("workers", "Workers that were seen in the last two minutes.", work.workers)
    yield gauge("worker_seen_age_seconds", "Since any worker was seen.", work.worker_age)
    yield gauge("sweep_age_seconds", "Since passing time was looked at.", work.ages.get(Work.SWEEP))
    yield gauge(
        "schedules_age_seconds", "Since schedules were looked at.", work.ages.get(Work.REGULAR)
    )

    yield gauge(
        "rollup_drift",
        "Customers whose figures the last nightly comparison had to correct.",
        work.numbers.get(Work.RECONCILE),
    )
    yield gauge(
        "rollup_reconcile_age_seconds", "Since that comparison.", work.ages.get(Work.RECONCILE)
    )
    yield counter(
        "spans_dropped",
        "Spans of traces that the collector did not take, or that found the queue full.",
        work.numbers.get(Work.SPANS_DROPPED, 0),
    )


def _of_replicas() -> Iterator[Metric]:
    found = lags()
    if found:
        yield family(
            "replica_lag_seconds",
            "How far a replica is behind the primary, at most.",
            ["replica"],
            [((alias,), lag) for alias, lag in found.items()],
        )
        yield family(
            "replica_usable",
            "1: near enough to be read from.",
            ["replica"],
            [
                ((alias,), lag is not None and lag <= settings.REPLICA_MAX_LAG_SECONDS)
                for alias, lag in found.items()
            ],
        )


def _of_apps() -> Iterator[Metric]:
    for one in GAUGES:
        rows = [((label,), value) for label, value in one.values()]
        yield family(one.name, one.text, [one.label], rows)
