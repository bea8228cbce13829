"""Metrics for autoscalers, and the build that answers."""

from collections.abc import Callable, Iterator
from datetime import datetime

from django.conf import settings
from prometheus_client.metrics_core import Metric

from core.build import revision, version
from core.load.backlog import QueueLoad, queue_loads
from core.load.capacity import slots_by_queue, web_threads, working_processes
from segmentation_site.monitoring import capacity
from segmentation_site.monitoring.families import family, gauge

LOADS: tuple[tuple[str, str, Callable[[QueueLoad], float]], ...] = (
    (
        "items",
        "What waits: runs, shards, batches of 1,000 marks, deliveries, exports, scorings.",
        lambda load: load.items,
    ),
    (
        "oldest_seconds",
        "How long the oldest of these has waited; 0: none waits.",
        lambda load: load.oldest_seconds,
    ),
    (
        "work_seconds",
        "How long one slot would need for all of these, by the median of the last 100 of a kind.",
        lambda load: load.work_seconds,
    ),
)


def load_metrics(at: datetime) -> Iterator[Metric]:
    """Yield the waiting work and the slots of each queue at `at`, and threads of web processes."""
    queues = list(settings.CELERY_TASK_QUEUES)
    loads = queue_loads(queues, at)
    for name, text, value in LOADS:
        rows = [((queue,), value(load)) for queue, load in loads.items()]
        yield family(f"queue_{name}", text, ["queue"], rows)
    processes = working_processes(at)
    slots = slots_by_queue(processes)
    yield family(
        "queue_slots",
        "Slots of workers that were seen within a minute.",
        ["queue"],
        [((queue,), slots.get(queue, 0)) for queue in queues],
    )
    here = capacity.busy_here
    threads, busy = web_threads(processes, None if here is None else here())
    yield gauge("web_threads", "Threads of the web processes seen within a minute.", threads)
    yield gauge("web_busy_threads", "Those of them that are at a request.", busy)


def build_metric() -> Metric:
    """Return the metric that names the build of Tranche in this process."""
    return family(
        "build_info",
        "The version and revision of this web process; always 1.",
        ["version", "revision"],
        [((version(), revision()), 1)],
    )
