"""The lease by which a worker holds a refresh run: claim, stay alive, report, let go.

Whoever claims a run writes the next fencing number into it, and every later write names that
number: a worker who was thought dead and is not finds that its writes match nothing. A thread of
its own writes the heartbeat, since the worker's connection is busy with one long transaction; on
SQLite, where that transaction is the only writer, there is nothing to write beside it and nobody
who could claim the run before it ends.
"""

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, connections
from django.db.models import F, Q

from customers.clock import now
from segments.models import RefreshRun, RunPhase
from segments.models.run import free_lease

logger = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Somebody else holds the run by now, or has ended it: nothing more may be written for it."""


class RunCancelled(Exception):
    """Somebody asked to cancel the run."""


def owner_name() -> str:
    """Return the name of this process and thread as the owner of leases."""
    return f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"[:128]


def claim(run_id: int) -> RefreshRun | None:
    """Take the lease of an unfinished run that nobody holds and that is due; None otherwise."""
    at = now()
    claimed = (
        RefreshRun.objects.unfinished()
        .filter(free_lease(at), pk=run_id)
        .filter(Q(not_before=None) | Q(not_before__lte=at))
        .update(
            owner=owner_name(),
            fencing=F("fencing") + 1,
            attempts=F("attempts") + 1,
            heartbeat_at=at,
            lease_expires_at=at + length(),
            started_at=at,
            phase=RunPhase.MATCHING,
            done=0,
            total=None,
        )
    )
    if not claimed:
        return None
    run = RefreshRun.objects.filter(pk=run_id).first()
    return run if run is not None and run.owner == owner_name() else None


def finish(run: RefreshRun, **values: Any) -> None:
    """Write `values` and release the lease; raises LeaseLost where it is not `run`'s any more."""
    values = {"phase": "", "lease_expires_at": None, **values}
    if not _held(run).update(**values):
        raise LeaseLost(run.pk)


def release(run: RefreshRun, **values: Any) -> bool:
    """The same where it does not matter that the lease is lost; returns whether it was held."""
    try:
        finish(run, **values)
    except LeaseLost:
        return False
    return True


class Progress:
    """What the worker notes of its work; the heartbeat writes it into the database."""

    def __init__(self) -> None:
        self.noted: dict[str, Any] = {}
        self.changed = threading.Event()
        self.over = threading.Event()
        self.cancelled = False
        self.lost = False

    def __call__(self, phase: RunPhase, done: int, total: int | None) -> None:
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


def kept_alive(run: RefreshRun) -> AbstractContextManager[Progress]:
    """Write the heartbeat of the claimed `run` and its progress while the block works.

    Where somebody cancels the run, or has claimed it, the block's running statement is cancelled in
    the database, and the block ends with RunCancelled or LeaseLost.
    """
    return beating(partial(write_heartbeat, run))


@contextmanager
def beating(beat: Callable[[Progress], bool]) -> Iterator[Progress]:
    """Call `beat` at once and again and again while the block works, on a connection of its own.

    Where it returns False, the block's running statement is cancelled in the database; the block
    then ends with what `Progress.check` raises.
    """
    progress = Progress()
    # In a transaction of the caller's, nobody sees the run and nobody can claim it.
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        yield progress
        return
    connection.ensure_connection()
    working = connection.connection

    def go_on() -> None:
        while not progress.over.is_set():
            progress.changed.wait(settings.LEASE_SECONDS / 6)
            progress.changed.clear()
            try:
                if not (progress.over.is_set() or beat(progress) or progress.over.is_set()):
                    working.cancel_safe()
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


def write_heartbeat(run: RefreshRun, progress: Progress) -> bool:
    """Write one sign of life; return whether the work is to go on."""
    at = now()
    alive = {"heartbeat_at": at, "lease_expires_at": at + length()}
    progress.lost = not _held(run).update(**alive, **progress.noted)
    progress.cancelled = (
        not progress.lost and _held(run).filter(cancel_requested_at__isnull=False).exists()
    )
    return not (progress.lost or progress.cancelled)


def _held(run: RefreshRun) -> Any:
    return RefreshRun.objects.unfinished().filter(pk=run.pk, fencing=run.fencing)


def length() -> timedelta:
    """Return how long a lease lasts without another sign of life."""
    return timedelta(seconds=settings.LEASE_SECONDS)
