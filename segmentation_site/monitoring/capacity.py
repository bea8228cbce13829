"""Notes in the database how much this process can do: a worker's slots, a web process's threads.

A thread of its own does it, on a connection of its own, so that neither a long transaction nor a
database that is away keeps the process from its work.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from celery import bootsteps
from django.db import DatabaseError, InterfaceError, connections

from core.load.capacity import forget_capacity, note_capacity
from core.processes import release_connections

logger = logging.getLogger(__name__)

# Seconds between two notes; a process that has not been seen for a minute does not count.
EVERY = 15.0

# How many threads of this web process are at a request; None: it is none of gunicorn's.
busy_here: Callable[[], int] | None = None
_regular: list[Callable[[], None]] = []


def do_regularly(deed: Callable[[], None]) -> None:
    """Have `deed` done with each note, by the same thread; its errors are logged."""
    _regular.append(deed)


class CapacityNotes:
    """The thread that notes the capacity until it is stopped."""

    def __init__(self, queues: Iterable[str], slots: int, busy: Callable[[], int]) -> None:
        self._queues, self._slots, self._busy = tuple(queues), slots, busy
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="capacity", daemon=True)

    def start(self) -> None:
        """Begin to note."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, and note that the process ends; waits for a database that is away for a second."""
        self._over.set()
        self._thread.join(1)

    def note(self) -> None:
        """Note the capacity once, and do what else is regular."""
        try:
            role = "worker" if self._queues else "web"
            note_capacity(role, self._queues, self._slots, self._busy())
            for deed in _regular:
                deed()
        except (DatabaseError, InterfaceError) as error:
            # The next note may get through; meanwhile this process counts as not there.
            logger.warning("No note of this process: %s", type(error).__name__)
        except Exception:
            logger.exception("No note of this process")
        finally:
            release_connections()

    def _go_on(self) -> None:
        self.note()
        while not self._over.wait(EVERY):
            self.note()
        with suppress(DatabaseError, InterfaceError):
            forget_capacity()
        connections.close_all()


class WorkerCapacity(bootsteps.StartStopStep):
    """Notes the slots of a Celery worker while it runs, and turns its telemetry on."""

    # Its threads ask the database: see `segmentation_site.workers.heartbeat.WorkerLife`.
    requires = ("celery.worker.components:Beat",)

    def start(self, worker: Any) -> None:
        from segmentation_site.monitoring.telemetry import set_up_telemetry

        set_up_telemetry("worker")
        queues = list(worker.app.amqp.queues.consume_from)
        self._notes = CapacityNotes(queues, int(worker.concurrency), lambda: 0)
        self._notes.start()

    def stop(self, worker: Any) -> None:
        self._notes.stop()


def note_web_threads(threads: int, busy: Callable[[], int]) -> None:
    """Note the threads of this web process from now on, until it ends."""
    global busy_here
    busy_here = busy
    CapacityNotes((), threads, busy).start()
