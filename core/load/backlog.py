"""The backlog of the queues: for each kind of work its amount, its age and its duration."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from django.db.models import Count, Min, Q, QuerySet, Value

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
class CountedBacklog:
    """A kind of work whose waiting rows are counted together with those of other kinds.

    `rows` returns the rows that wait at an instant, which an index finds; `since` is the path to
    the instant since when a row waits; `seconds` returns how long one takes, None before any has
    ended.
    """

    name: str
    queue: str
    rows: Callable[[datetime], QuerySet[Any]]
    since: str
    seconds: Callable[[], float | None]


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


BACKLOGS: Registry[Backlog | CountedBacklog] = Registry("backlog")


def queue_loads(queues: Iterable[str], at: datetime) -> Mapping[str, QueueLoad]:
    """Return the load of each of `queues` at `at` (aware)."""
    loads = dict.fromkeys(queues, QueueLoad())
    counted = _count_waiting([one for one in BACKLOGS if isinstance(one, CountedBacklog)], at)
    for backlog in BACKLOGS:
        if isinstance(backlog, CountedBacklog):
            waiting = counted[backlog.name]
        else:
            waiting = backlog.waiting(at)
        loads[backlog.queue] += _load(waiting, at)
    return loads


def leased_backlog(
    name: str, queue: str, work: type[LeasedWork], where: Callable[[], Q] = Q
) -> CountedBacklog:
    """Return the backlog of leased work among the rows `where`: due and without a lease."""

    def due_rows(at: datetime) -> QuerySet[Any]:
        rows: LeasedQuerySet[LeasedWork] = work.objects.filter(where())
        return rows.unfinished().filter(free_lease(at), is_due(at))

    def seconds() -> float | None:
        # Only ended work: many waiting rows would otherwise fill the limit and leave no durations.
        ended = work.objects.filter(where()).exclude(outcome="").order_by("-pk")
        times = ended.values_list("outcome", "started_at", "finished_at")
        took = [
            (finished - started).total_seconds()
            for outcome, started, finished in times[:LOOKED_THROUGH]
            if outcome == RunState.COMPLETED and started and finished
        ][:LATEST]
        return median(took) if took else None

    return CountedBacklog(name, queue, due_rows, "created_at", seconds)


def timed_waiting(kind: str, items: int, oldest: datetime | None, *, batch: int = 1) -> Waiting:
    """Return a backlog of `items` in batches of size `batch`, timed as `kind` by `timing`."""
    batches = math.ceil(items / batch)
    return Waiting(batches, oldest, median_seconds(kind) if batches else None)


def _load(waiting: Waiting, at: datetime) -> QueueLoad:
    if not waiting.items:
        return QueueLoad()
    age = 0.0 if waiting.oldest is None else max(0.0, (at - waiting.oldest).total_seconds())
    return QueueLoad(waiting.items, age, waiting.items * (waiting.seconds or 0.0))


def _count_waiting(backlogs: Iterable[CountedBacklog], at: datetime) -> Mapping[str, Waiting]:
    """Return the backlogs at `at` by name; one query counts the rows of all of them."""
    known = {one.name: one for one in backlogs}
    found = {name: Waiting(0) for name in known}
    counts = [
        one.rows(at)
        .order_by()
        .values(backlog=Value(one.name))
        .annotate(items=Count("pk"), oldest=Min(one.since))
        for one in known.values()
    ]
    for row in counts[0].union(*counts[1:], all=True) if counts else ():
        if row["items"]:
            seconds = known[row["backlog"]].seconds()
            found[row["backlog"]] = Waiting(row["items"], row["oldest"], seconds)
    return found
