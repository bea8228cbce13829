"""Which processes are there to work: slots of workers by queue, threads of web processes."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from django.db import models

from core.clock import now
from core.processes import process_name

# A process that has not been seen for so long does not count, and is forgotten later.
SEEN_WITHIN = timedelta(minutes=1)
FORGOTTEN_AFTER = timedelta(hours=1)


class ProcessCapacity(models.Model):
    """How much a process can do at the same time, and how much it did when it was seen.

    `queues` has the names of a worker's queues with commas between; a web process has none.
    """

    name = models.CharField(max_length=128, primary_key=True)
    queues = models.TextField(blank=True)
    slots = models.PositiveIntegerField()
    busy = models.PositiveIntegerField(default=0)
    seen_at = models.DateTimeField()

    class Meta:
        app_label = "customers"

    def __str__(self) -> str:
        return f"{self.name}: {self.slots}"


def note_capacity(queues: Iterable[str], slots: int, busy: int = 0) -> None:
    """Note that this process is there, with so many slots for `queues` (none: a web process)."""
    at = now()
    ProcessCapacity.objects.update_or_create(
        name=_name(),
        defaults={"queues": ",".join(sorted(queues)), "slots": slots, "busy": busy, "seen_at": at},
    )
    ProcessCapacity.objects.filter(seen_at__lt=at - FORGOTTEN_AFTER).delete()


def forget_capacity() -> None:
    """Note that this process ends."""
    ProcessCapacity.objects.filter(name=_name()).delete()


def seen_processes(at: datetime) -> Collection[ProcessCapacity]:
    """Return the processes that were seen within a minute before `at`."""
    return list(ProcessCapacity.objects.filter(seen_at__gt=at - SEEN_WITHIN))


def slots_by_queue(processes: Iterable[ProcessCapacity]) -> Mapping[str, int]:
    """Return how many slots there are for each queue; a slot counts for each queue it serves."""
    slots: Counter[str] = Counter()
    for one in processes:
        for queue in one.queues.split(",") if one.queues else ():
            slots[queue] += one.slots
    return slots


def web_threads(processes: Iterable[ProcessCapacity], busy_here: int | None) -> tuple[int, int]:
    """Return the threads of all web processes, and how many of them are busy.

    `busy_here` are those of this process now; of others the last sign of life counts.
    """
    web = [one for one in processes if not one.queues]
    own = _name()
    busy = sum(busy_here if busy_here is not None and one.name == own else one.busy for one in web)
    return sum(one.slots for one in web), busy


def _name() -> str:
    return process_name()[:128]
