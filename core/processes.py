"""The running processes of Tranche and their builds, by heartbeats in the database.

While a release is rolled out, processes of two versions share one database. Columns that the older
version needs are dropped when no process of that version has been seen for `OLD_AFTER`.
"""

import atexit
import logging
import os
import secrets
import socket
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from threading import Event, Thread

from django.db import DatabaseError, close_old_connections, connections, models
from django.utils.translation import gettext_lazy as _

from core.build import precedes, revision, version
from core.clock import now

logger = logging.getLogger(__name__)

# Seconds between two heartbeats.
EVERY = 15
# Seconds that the end of a process waits for a heartbeat that is being stored.
LONGEST_BEAT = 1
# A process without a heartbeat for so long has ended, unless its database was unavailable.
SILENT_AFTER = timedelta(minutes=1)
# Time without a heartbeat of an older version after which the columns it needs may be dropped.
OLD_AFTER = timedelta(minutes=5)
FORGOTTEN_AFTER = timedelta(hours=1)
# Distinguishes containers that share a host's name, where each process has the number 1.
INSTANCE = secrets.token_hex(4)


class Process(models.Model):
    """A process, its build, and its last heartbeat; `ended_at` where it has ended regularly.

    A worker has `slots` for `queues` (names with commas between); a web process has `slots`
    threads, of which `busy` handled a request at that time; other processes have 0 slots.
    """

    name = models.CharField(_("process"), max_length=160, primary_key=True)
    role = models.CharField(_("role"), max_length=32)
    host = models.CharField(_("host"), max_length=128)
    pid = models.PositiveIntegerField(_("process number"))
    version = models.CharField(_("version"), max_length=32)
    revision = models.CharField(_("revision"), max_length=64, blank=True)
    seen_at = models.DateTimeField(_("last seen"))
    ended_at = models.DateTimeField(_("ended"), null=True)
    queues = models.TextField(default="", db_default="")
    slots = models.IntegerField(default=0, db_default=0)
    busy = models.IntegerField(default=0, db_default=0)

    class Meta:
        app_label = "customers"

    def __str__(self) -> str:
        return f"{self.role} {self.host} {self.pid} ({self.version})"

    @property
    def is_running(self) -> bool:
        """Return whether the process had a heartbeat lately and has not ended regularly."""
        return self.ended_at is None and self.seen_at > now() - SILENT_AFTER

    def is_older_than(self, other: str) -> bool:
        """Return whether the process has an older version than `other`, or an unreadable one."""
        try:
            return precedes(self.version, other)
        except ValueError:
            return True


def note_process(role: str) -> None:
    """Store a heartbeat of this process.

    Its first one deletes processes without a heartbeat for an hour.
    """
    at = now()
    values = {
        "role": role,
        "host": socket.gethostname()[:128],
        "pid": os.getpid(),
        "version": version(),
        "revision": revision(),
        "seen_at": at,
        "ended_at": None,
    }
    if not Process.objects.filter(name=process_name()).update(**values):
        Process.objects.update_or_create(name=process_name(), defaults=values)
        Process.objects.filter(seen_at__lt=at - FORGOTTEN_AFTER).delete()


def seen_processes(within: timedelta = FORGOTTEN_AFTER) -> list[Process]:
    """Return the processes with a heartbeat in the time `within`, by role, host and number."""
    found = Process.objects.filter(seen_at__gt=now() - within)
    return list(found.order_by("role", "host", "pid"))


def show_process(role: str) -> Callable[[], None]:
    """Store a heartbeat of this process every `EVERY` seconds, in a thread, until it ends.

    Return the function that ends the thread, and that the interpreter calls at its exit. Where the
    database is unavailable, or has no table for processes yet, the heartbeat is skipped.
    """
    version(), revision()  # Read and cached now: files may be replaced while the process runs.
    ended = Event()

    def show() -> None:
        while not ended.is_set():
            _try(role)
            ended.wait(EVERY)

    thread = Thread(target=show, name="signs of life", daemon=True)
    thread.start()
    end = partial(_end, ended, thread)
    atexit.register(end)
    return end


def release_connections() -> None:
    """Close the connections of a thread that waits for work, but for usable ones to SQLite.

    A server has room for few connections, and a thread may wait for hours. A file may stay open: a
    new connection to SQLite reads the whole schema, which takes longer than most tasks.
    """
    close_old_connections()
    for connection in connections.all(initialized_only=True):
        if connection.vendor != "sqlite" and not connection.in_atomic_block:
            connection.close()


def _try(role: str) -> None:
    try:
        note_process(role)
    except DatabaseError as error:
        logger.debug("No sign of life: %s", error)
    finally:
        release_connections()


def _end(ended: Event, thread: Thread) -> None:
    if ended.is_set():
        return
    ended.set()
    # A heartbeat that is being stored would overwrite the end.
    thread.join(LONGEST_BEAT)
    try:
        Process.objects.filter(name=process_name()).update(ended_at=now())
    except DatabaseError as error:
        logger.debug("No sign of the end: %s", error)


def process_name() -> str:
    """Return the name of this process on all machines, of at most 160 characters."""
    return f"{socket.gethostname()[:128]}:{os.getpid()}:{INSTANCE}"
