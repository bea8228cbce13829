"""The capacity of running processes: slots of workers by queue, threads of web processes."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from core.clock import now
from core.processes import SILENT_AFTER, Process, note_process, process_name


def note_capacity(role: str, queues: Iterable[str], slots: int, busy: int = 0) -> None:
    """Store the slots of this process of `role` for `queues` (none: a web process)."""
    row = Process.objects.filter(name=process_name())
    values = {"queues": ",".join(sorted(queues)), "slots": slots, "busy": busy, "seen_at": now()}
    if not row.update(**values):
        note_process(role)
        row.update(**values)


def forget_capacity() -> None:
    """Store that this process accepts no more work."""
    Process.objects.filter(name=process_name()).update(slots=0, busy=0)


def working_processes(at: datetime) -> Collection[Process]:
    """Return the processes with slots that reported within a minute before `at`."""
    seen = Process.objects.filter(seen_at__gt=at - SILENT_AFTER, ended_at=None)
    return list(seen.filter(slots__gt=0))


def slots_by_queue(processes: Iterable[Process]) -> Mapping[str, int]:
    """Return the number of slots by queue; a slot counts for each queue that it serves."""
    slots: Counter[str] = Counter()
    for one in processes:
        for queue in one.queues.split(",") if one.queues else ():
            slots[queue] += one.slots
    return slots


def web_threads(processes: Iterable[Process], busy_here: int | None) -> tuple[int, int]:
    """Return the threads of all web processes, and how many of them are busy.

    `busy_here` are the busy threads of this process now; for others the last heartbeat counts.
    """
    web = [one for one in processes if not one.queues]
    own = process_name()
    busy = sum(busy_here if busy_here is not None and one.name == own else one.busy for one in web)
    return sum(one.slots for one in web), busy
