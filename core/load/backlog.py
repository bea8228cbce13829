"""The backlog of the queues: for each kind of work its amount, its age and its duration."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from django.db.models import Count, Min, Q

from core.database.lease import LeasedQuerySet, LeasedWork, RunState, free_lease, is_due
from core.load.timing import LATEST, median_seconds
from core.registries import Registry

# The most rows that are read to find completed work among failed and cancelled work.
LOOKED_THROUGH = 1_000


@dataclass(frozen=True)
class Waiting:
    """Waiting work of one kind: the number of items, since when, and the `seconds` that one takes.

    `seconds` is None before any item was completed.
    """

    items: int
    oldest: datetime | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class Backlog:
    """A kind of work that workers of `queue` do; `waiting` returns the backlog at an instant.

    Each request of /metrics calls `waiting`, which must therefore use an index or read a bounded
    part of a table.
    """

    name: str
    queue: str
    waiting: Callable[[datetime], Waiting]


@dataclass(frozen=True)
class QueueLoad:
    """The backlog of a queue: items, age of the oldest, and seconds of one slot for all items."""

    items: int = 0
    oldest_seconds: float = 0.0
    work_seconds: float = 0.0

    def __add__(self, other: "QueueLoad") -> "QueueLoad":
        return QueueLoad(
            self.items + other.items,
            max(self.oldest_seconds, other.oldest_seconds),
            self.work_seconds + other.work_seconds,
        )


BACKLOGS: Registry[Backlog] = Registry("backlog")


def queue_loads(queues: Iterable[str], at: datetime) -> Mapping[str, QueueLoad]:
    """Return the load of each of `queues` at `at` (aware)."""
    loads = dict.fromkeys(queues, QueueLoad())
    for backlog in BACKLOGS:
        loads[backlog.queue] += _load(backlog.waiting(at), at)
    return loads


def leased_waiting(work: type[LeasedWork], at: datetime, where: Q | None = None) -> Waiting:
    """Return the backlog of leased work at `at` among the rows `where`: due and without a lease."""
    rows: LeasedQuerySet[LeasedWork] = work.objects.filter(where or Q())
    waiting = (
        rows.unfinished()
        .filter(free_lease(at), is_due(at))
        .aggregate(items=Count("pk"), oldest=Min("created_at"))
    )
    if not waiting["items"]:
        return Waiting(0)
    # Only ended work: many waiting rows would otherwise fill the limit and leave no durations.
    ended = rows.exclude(outcome="").order_by("-pk")
    times = ended.values_list("outcome", "started_at", "finished_at")
    took = [
        (finished - started).total_seconds()
        for outcome, started, finished in times[:LOOKED_THROUGH]
        if outcome == RunState.COMPLETED and started and finished
    ][:LATEST]
    return Waiting(waiting["items"], waiting["oldest"], median(took) if took else None)


def timed_waiting(kind: str, items: int, oldest: datetime | None, *, batch: int = 1) -> Waiting:
    """Return a backlog of `items` in batches of size `batch`, timed as `kind` by `timing`."""
    batches = math.ceil(items / batch)
    return Waiting(batches, oldest, median_seconds(kind) if batches else None)


def _load(waiting: Waiting, at: datetime) -> QueueLoad:
    if not waiting.items:
        return QueueLoad()
    age = 0.0 if waiting.oldest is None else max(0.0, (at - waiting.oldest).total_seconds())
    return QueueLoad(waiting.items, age, waiting.items * (waiting.seconds or 0.0))
