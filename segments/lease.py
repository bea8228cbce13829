"""The lease by which a worker holds a refresh run or an export: claim, heartbeat, report, release.

A worker that claims work writes the next fencing number into it, and every later write filters by
that number: if a worker was thought dead and still runs, its writes match no row. A separate thread
writes the heartbeat, because the worker's connection is busy with one long transaction. On SQLite,
the transaction of a refresh is the only writer, so no heartbeat can be written during it, and no
other process could claim the run before it ends.
"""

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from functools import partial
from typing import Any, cast

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, transaction
from django.db.models import F, Q, QuerySet

from core.clock import now
from core.database.lease import LeasedWork, Work, free_lease, is_due
from segments.models import RefreshRun, RunPhase, RunState

logger = logging.getLogger(__name__)

# A worker is woken again after this time, because the first message may have been lost.
WAKE_AGAIN = timedelta(seconds=30)


class LeaseLost(Exception):
    """Another worker holds the work, or it has ended: this worker may write nothing more for it."""


class RunCancelled(Exception):
    """A user has cancelled the work."""


def owner_name() -> str:
    """Return the name of this process and thread as the owner of leases."""
    return f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"[:128]


def claim(run_id: int) -> RefreshRun | None:
    """Take the lease of an unfinished run that is due and not held; return None otherwise."""
    return claim_work(RefreshRun, run_id, phase=RunPhase.MATCHING)


def claim_work(model: type[Work], pk: int, **values: Any) -> Work | None:
    """Take the lease of unfinished work that is due and not held; return None otherwise.

    Writes `values` together with the lease.
    """
    at = now()
    claimed = (
        _unfinished_work(model)
        .filter(free_lease(at), is_due(at), pk=pk)
        .update(
            owner=owner_name(),
            fencing=F("fencing") + 1,
            attempts=F("attempts") + 1,
            heartbeat_at=at,
            lease_expires_at=at + length(),
            started_at=at,
            done=0,
            total=None,
            **values,
        )
    )
    if not claimed:
        return None
    work = _unfinished_work(model).filter(pk=pk).first()
    return work if work is not None and work.owner == owner_name() else None


def finish(work: LeasedWork, **values: Any) -> None:
    """Write `values` and release the lease. Raises LeaseLost where the lease was lost."""
    if not _held(work).update(**{"phase": "", "lease_expires_at": None, **values}):
        raise LeaseLost(work.pk)


def release(work: LeasedWork, **values: Any) -> bool:
    """Write `values` and release the lease if it is still held; return whether it was."""
    try:
        finish(work, **values)
    except LeaseLost:
        return False
    return True


def cancel_work(work: Work) -> Work:
    """Cancel `work`, unless it has ended, and return it reloaded.

    Work that is not held ends at once; other work ends within seconds, when its worker notices. (On
    SQLite, this call waits for the transaction of a refresh.)
    """
    at = now()
    with transaction.atomic():
        unfinished = _unfinished_work(type(work)).filter(pk=work.pk)
        unfinished.filter(free_lease(at)).update(
            outcome=RunState.CANCELLED, finished_at=at, cancel_requested_at=at, phase=""
        )
        unfinished.filter(cancel_requested_at=None).update(cancel_requested_at=at)
    work.refresh_from_db()
    return work


def waiting_work(model: type[Work]) -> QuerySet[Work]:
    """Return the work that is due, not held, and for which no worker was woken lately."""
    at = now()
    lately = Q(woken_at=None) | Q(woken_at__lte=at - WAKE_AGAIN)
    return _unfinished_work(model).filter(free_lease(at), is_due(at), lately).order_by("pk")


class Progress:
    """The progress that a worker reports; the heartbeat writes it into the database."""

    def __init__(self) -> None:
        self.noted: dict[str, Any] = {}
        self.changed = threading.Event()
        self.over = threading.Event()
        self.cancelled = False
        self.lost = False

    def __call__(self, phase: str, done: int, total: int | None) -> None:
        """Report progress. Raises RunCancelled or LeaseLost where the work is over."""
        self.note(phase=phase, done=done, total=total)

    def note(self, **values: Any) -> None:
        """Have the heartbeat write `values` into the run. Raises RunCancelled or LeaseLost."""
        self.check()
        self.noted = {**self.noted, **values}
        self.changed.set()

    def end(self) -> None:
        """Stop cancellation after the last write, so that its commit is not interrupted."""
        self.over.set()
        self.changed.set()

    def check(self) -> None:
        """Raise RunCancelled or LeaseLost where the work is over."""
        if self.cancelled:
            raise RunCancelled
        if self.lost:
            raise LeaseLost


def keep_lease_alive(
    work: LeasedWork, *, using: str = DEFAULT_DB_ALIAS, only_reads: bool = False
) -> AbstractContextManager[Progress]:
    """Write the heartbeat and the progress of the claimed `work` while the block runs.

    Where a user cancels the work, or another worker claims it, the block's running statement is
    cancelled in the database, and the block ends with RunCancelled or LeaseLost.
    """
    return beating(partial(write_heartbeat, work), using=using, only_reads=only_reads)


@contextmanager
def beating(
    beat: Callable[[Progress], bool], *, using: str = DEFAULT_DB_ALIAS, only_reads: bool = False
) -> Iterator[Progress]:
    """Call `beat` periodically in a thread while the block runs, on a connection of its own.

    When `beat` returns False, the statement that the block runs in the database `using` is
    cancelled, and the block ends with the exception that `Progress.check` raises. `only_reads`: the
    block does not write, so that the heartbeat can write on SQLite, too.
    """
    progress = Progress()
    # Within a transaction of the caller, no other worker sees the run or can claim it.
    connection = connections[using]
    is_sqlite = connection.vendor == "sqlite"
    if connection.in_atomic_block or (is_sqlite and not only_reads):
        yield progress
        return
    connection.ensure_connection()
    working = connection.connection
    stop = working.interrupt if is_sqlite else working.cancel_safe

    def go_on() -> None:
        while not progress.over.is_set():
            progress.changed.wait(settings.LEASE_SECONDS / 6)
            progress.changed.clear()
            try:
                if not (progress.over.is_set() or beat(progress) or progress.over.is_set()):
                    stop()
            except DatabaseError:
                # The next beat may succeed; if none does, the lease expires.
                logger.exception("No heartbeat")
                connections.close_all()
        connections.close_all()  # the thread's own

    thread = threading.Thread(target=go_on, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield progress
    except Exception:
        progress.check()  # the cancellation is the cause
        raise
    finally:
        progress.end()
        thread.join()


def write_heartbeat(work: LeasedWork, progress: Progress) -> bool:
    """Write one heartbeat; return whether the work is to continue."""
    at = now()
    alive = {"heartbeat_at": at, "lease_expires_at": at + length()}
    progress.lost = not _held(work).update(**alive, **progress.noted)
    progress.cancelled = (
        not progress.lost and _held(work).filter(cancel_requested_at__isnull=False).exists()
    )
    return not (progress.lost or progress.cancelled)


def _unfinished_work(model: type[Work]) -> QuerySet[Work]:
    return cast("QuerySet[Work]", model.objects.unfinished())


def _held(work: LeasedWork) -> QuerySet[LeasedWork]:
    return _unfinished_work(type(work)).filter(pk=work.pk, fencing=work.fencing)


def length() -> timedelta:
    """Return how long a lease lasts after a heartbeat."""
    return timedelta(seconds=settings.LEASE_SECONDS)
