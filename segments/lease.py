"""The lease by which a worker holds a refresh run or an export: claim, stay alive, report, let go.

Whoever claims work writes the next fencing number into it, and every later write names that number:
a worker who was thought dead and is not finds that its writes match nothing. A thread of its own
writes the heartbeat, since the worker's connection is busy with one long transaction; on SQLite,
where the transaction of a refresh is the only writer, there is nothing to write beside it and
nobody who could claim the run before it ends.
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

# How long after waking a worker in vain it is tried again: messages may be lost.
WAKE_AGAIN = timedelta(seconds=30)


class LeaseLost(Exception):
    """Somebody else holds the work by now, or has ended it: nothing more may be written for it."""


class RunCancelled(Exception):
    """Somebody asked to cancel the work."""


def owner_name() -> str:
    """Return the name of this process and thread as the owner of leases."""
    return f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"[:128]


def claim(run_id: int) -> RefreshRun | None:
    """Take the lease of an unfinished run that nobody holds and that is due; None otherwise."""
    return claim_work(RefreshRun, run_id, phase=RunPhase.MATCHING)


def claim_work(model: type[Work], pk: int, **values: Any) -> Work | None:
    """Take the lease of unfinished work that nobody holds and that is due; None otherwise.

    Writes `values` where it is taken.
    """
    at = now()
    claimed = (
        _of(model)
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
    work = _of(model).filter(pk=pk).first()
    return work if work is not None and work.owner == owner_name() else None


def finish(work: LeasedWork, **values: Any) -> None:
    """Write `values` and release the lease; raises LeaseLost where it is not `work`'s any more."""
    if not _held(work).update(**{"phase": "", "lease_expires_at": None, **values}):
        raise LeaseLost(work.pk)


def release(work: LeasedWork, **values: Any) -> bool:
    """The same where it does not matter that the lease is lost; returns whether it was held."""
    try:
        finish(work, **values)
    except LeaseLost:
        return False
    return True


def cancel_work(work: Work) -> Work:
    """Cancel `work`, unless it has ended, and return it as it is then.

    What nobody works on ends at once; what somebody does as soon as its worker notices, within
    seconds. (On SQLite a refresh's transaction is waited for.)
    """
    at = now()
    with transaction.atomic():
        unfinished = _of(type(work)).filter(pk=work.pk)
        unfinished.filter(free_lease(at)).update(
            outcome=RunState.CANCELLED, finished_at=at, cancel_requested_at=at, phase=""
        )
        unfinished.filter(cancel_requested_at=None).update(cancel_requested_at=at)
    work.refresh_from_db()
    return work


def waiting_work(model: type[Work]) -> QuerySet[Work]:
    """Return what is due, that nobody holds and nobody was lately woken for."""
    at = now()
    lately = Q(woken_at=None) | Q(woken_at__lte=at - WAKE_AGAIN)
    return _of(model).filter(free_lease(at), is_due(at), lately).order_by("pk")


class Progress:
    """What the worker notes of its work; the heartbeat writes it into the database."""

    def __init__(self) -> None:
        self.noted: dict[str, Any] = {}
        self.changed = threading.Event()
        self.over = threading.Event()
        self.cancelled = False
        self.lost = False

    def __call__(self, phase: str, done: int, total: int | None) -> None:
        """Note how far the work is. Raises RunCancelled or LeaseLost where it is over."""
        self.note(phase=phase, done=done, total=total)

    def note(self, **values: Any) -> None:
        """Have `values` written into the run. Raises as a call does."""
        self.check()
        self.noted = {**self.noted, **values}
        self.changed.set()

    def end(self) -> None:
        """Note that the last write is made: its commit, and what follows, is not to be stopped."""
        self.over.set()
        self.changed.set()

    def check(self) -> None:
        """Raise RunCancelled or LeaseLost where the work is over."""
        if self.cancelled:
            raise RunCancelled
        if self.lost:
            raise LeaseLost


def kept_alive(
    work: LeasedWork, *, using: str = DEFAULT_DB_ALIAS, only_reads: bool = False
) -> AbstractContextManager[Progress]:
    """Write the heartbeat of the claimed `work` and its progress while the block works.

    Where somebody cancels the work, or has claimed it, the block's running statement is cancelled
    in the database, and the block ends with RunCancelled or LeaseLost.
    """
    return beating(partial(write_heartbeat, work), using=using, only_reads=only_reads)


@contextmanager
def beating(
    beat: Callable[[Progress], bool], *, using: str = DEFAULT_DB_ALIAS, only_reads: bool = False
) -> Iterator[Progress]:
    """Call `beat` at once and again and again while the block works, on a connection of its own.

    Where it returns False, the statement that the block runs in the database `using` is cancelled;
    the block then ends with what `Progress.check` raises. `only_reads`: the block leaves SQLite's
    one writer's place to the heartbeat.
    """
    progress = Progress()
    # In a transaction of the caller's, nobody sees the run and nobody can claim it.
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
                # The next beat may get through; if none does, the lease ends by itself.
                logger.exception("No heartbeat")
                connections.close_all()
        connections.close_all()  # the thread's own

    thread = threading.Thread(target=go_on, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield progress
    except Exception:
        progress.check()  # it was cancelled: that is why
        raise
    finally:
        progress.end()
        thread.join()


def write_heartbeat(work: LeasedWork, progress: Progress) -> bool:
    """Write one sign of life; return whether the work is to go on."""
    at = now()
    alive = {"heartbeat_at": at, "lease_expires_at": at + length()}
    progress.lost = not _held(work).update(**alive, **progress.noted)
    progress.cancelled = (
        not progress.lost and _held(work).filter(cancel_requested_at__isnull=False).exists()
    )
    return not (progress.lost or progress.cancelled)


def _of(model: type[Work]) -> QuerySet[Work]:
    return cast("QuerySet[Work]", model.objects.unfinished())


def _held(work: LeasedWork) -> QuerySet[LeasedWork]:
    return _of(type(work)).filter(pk=work.pk, fencing=work.fencing)


def length() -> timedelta:
    """Return how long a lease lasts without another sign of life."""
    return timedelta(seconds=settings.LEASE_SECONDS)
