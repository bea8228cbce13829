"""A thread pool for work that is waited for until a deadline, and no longer.

The work runs in separate threads, each with its own database connection, whose statements time out
at the deadline as well. Their number is limited: if all of them hang, further work misses its
deadline, and the process goes on answering. They are daemons, so that none keeps a process from
ending.
"""

import logging
import os
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue

from django.db import DEFAULT_DB_ALIAS, close_old_connections, connections, transaction
from django.utils import translation

from core.database.time_limit import TookTooLong, time_limit

logger = logging.getLogger(__name__)

THREADS = 8
# After so many seconds without work a thread closes its connection and ends.
IDLE = 0.5
Work = Callable[[], None]


class _Job:
    """One piece of work; `done` is set when it is over, well or not."""

    def __init__(self, work: Work, deadline: float, *, asks_database: bool) -> None:
        self.work, self.deadline = work, deadline
        self.asks_database = asks_database
        self.done = threading.Event()
        self.language = translation.get_language()

    def run(self) -> None:
        """Do the work, unless its time is over."""
        if time.monotonic() >= self.deadline:
            return
        with translation.override(self.language):
            if self.asks_database:
                self._with_own()
            else:
                self.work()

    def _with_own(self) -> None:
        close_old_connections()
        try:
            with transaction.atomic(), time_limit(self.deadline):
                self.work()
        finally:
            close_old_connections()


class _Pool:
    """The threads of one process."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.jobs: SimpleQueue[_Job] = SimpleQueue()
        self.lock = threading.Lock()
        self.threads = self.free = 0

    def put(self, job: _Job) -> None:
        with self.lock:
            if self.free <= self.jobs.qsize() and self.threads < THREADS:
                self.threads += 1
                threading.Thread(target=self._serve, daemon=True, name="experience").start()
        self.jobs.put(job)

    def _serve(self) -> None:
        try:
            while True:
                with self.lock:
                    self.free += 1
                try:
                    job = self.jobs.get(timeout=IDLE)
                finally:
                    with self.lock:
                        self.free -= 1
                _run(job)
        except Empty:
            pass
        finally:
            with self.lock:
                self.threads -= 1
            connections.close_all()


_pool = _Pool()


def run_within(
    work: Work,
    deadline: float,
    *,
    asks_database: bool = True,
    errors: list[Exception] | None = None,
) -> bool:
    """Return whether `work` had ended without an error by `deadline` (of `time.monotonic`).

    Otherwise it goes on in its thread; results that it had stored by the deadline count. Its errors
    are logged, or appended to `errors` if the caller passes that list; a statement timeout is not
    an error.
    """
    global _pool
    if _pool.pid != os.getpid():  # A forked process has no threads.
        _pool = _Pool()
    results: list[bool] = []

    def noting() -> None:
        try:
            work()
        except TookTooLong:
            raise
        except Exception as error:
            if errors is None:
                raise
            errors.append(error)
        else:
            results.append(True)

    if asks_database and connections[DEFAULT_DB_ALIAS].in_atomic_block:
        # Only its own connection sees what a transaction has written, and no other thread may use
        # that connection meanwhile. Requests do not run in a transaction.
        _run(_Job(noting, deadline, asks_database=False))
        return bool(results)
    job = _Job(noting, deadline, asks_database=asks_database)
    _pool.put(job)
    job.done.wait(max(deadline - time.monotonic(), 0.0))
    return bool(results)


def _run(job: _Job) -> None:
    try:
        job.run()
    except TookTooLong:
        logger.warning("An experience was not ready in time")
    except Exception:
        logger.exception("An experience cannot be made")
    finally:
        job.done.set()
