"""Signs of life of a worker and of beat: a file that the process touches, and its row of processes.

`ALIVE_FILE` names the file, as a container does, whose health check asks when it was last touched;
where it is not set, there is none. The row says which version the process is of (`core.processes`).
"""

import os
from pathlib import Path
from typing import Any

from celery import bootsteps
from celery.beat import Scheduler

from core.load.schedule import has_work
from core.processes import release_connections, show_process

# Seconds between two touches.
EVERY = 15


def show_life() -> None:
    """Touch the file."""
    if path := os.environ.get("ALIVE_FILE"):
        Path(path).touch()


class WorkerLife(bootsteps.StartStopStep):
    """Touches the file from the worker's own timer, whether it has work or none."""

    # `celery worker --beat` forks first: SQLite's locks that a thread holds at the fork stay locked
    # for ever in the new process.
    requires = ("celery.worker.components:Timer", "celery.worker.components:Beat")

    def start(self, worker: Any) -> None:
        show_life()
        self.entry = worker.timer.call_repeatedly(EVERY, show_life)
        show_process("worker")

    def stop(self, worker: Any) -> None:
        self.entry.cancel()


class LivingScheduler(Scheduler):
    """The plain scheduler, which keeps nothing on disk (the persistent one pickles)."""

    def setup_schedule(self) -> None:
        from core.tracing.setup import set_up_tracing

        set_up_tracing("beat")
        super().setup_schedule()
        show_process("beat")

    def adjust(self, n: Any, drift: float = 0.0) -> Any:
        """Return the seconds `n` until an entry is due: Celery wakes 10 ms early, and spins."""
        return n

    def schedules_equal(self, old_schedules: Any, new_schedules: Any) -> bool:
        """Return whether beat has read its schedule, which does not change while it runs."""
        return old_schedules is not None

    def apply_entry(self, entry: Any, producer: Any = None) -> None:
        """Send the task of `entry`, if it may find work."""
        try:
            is_sent = has_work(entry.task)
        finally:
            release_connections()
        if is_sent:
            super().apply_entry(entry, producer=producer)

    def tick(self, *args: Any, **more: Any) -> Any:
        show_life()
        return super().tick(*args, **more)
