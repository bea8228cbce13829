"""Celery's messages as files of one folder, for installations without Redis.

With Kombu's own file transport, a reader may find a message that is still being written, and an
unreadable message ends the worker. Here a message appears complete, by an atomic rename, and
belongs to the process that deletes it. The database is the queue and a message only wakes a worker:
so few are kept, and the folder may be deleted at any time.
"""

import ctypes
import logging
import os
import select
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from queue import Empty
from typing import Any
from uuid import uuid4

from kombu.exceptions import ChannelError
from kombu.transport import virtual
from kombu.utils.json import dumps, loads

from core.clock import now

logger = logging.getLogger(__name__)

# How many messages wait in a queue at most: the oldest have to go.
MOST = 1_000
# How many unreadable messages are kept for inspection.
MOST_UNREADABLE = 100
# After how many messages a sender deletes what a queue has too many of.
PRUNED_EVERY = 50
# Longer than the steps in which file systems count the time of a change (ns).
STEP = 100_000_000
# A process that left a file unfinished for longer than this is gone.
FORGOTTEN_AFTER = timedelta(minutes=1)
# A reader looks into the folder at least once in so many seconds, whatever Linux reports of it.
LONGEST_WAIT = 2.0
# Events of Linux's inotify: a file was moved into the folder; the folder was deleted or moved.
IN_MOVED_TO, IN_DELETE_SELF, IN_MOVE_SELF = 0x80, 0x400, 0x800

MESSAGE, UNFINISHED, UNREADABLE = ".msg", ".unfinished", ".unreadable"


class Channel(virtual.Channel):
    """A queue is the files of the option `folder` that end in its name; bindings are in memory.

    Every sender declares what it sends to, so no process has to learn of another's bindings.
    """

    # How many messages this channel has sent.
    _sent = 0

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        # The folder's time of change at which a queue had no message: its files need no reading.
        self._empty: dict[str, int] = {}

    def _put(self, queue: str, message: Any, **more: Any) -> None:
        unfinished = self._folder / f"{uuid4()}{UNFINISHED}"
        microseconds = int(now().timestamp() * 1_000_000)
        with _as_channel_error():
            self._folder.mkdir(parents=True, exist_ok=True)
            unfinished.write_text(dumps(message), encoding="utf-8")
            unfinished.rename(self._folder / f"{microseconds}_{uuid4()}.{queue}{MESSAGE}")
            if self._sent % PRUNED_EVERY == 0:
                self._waiting(queue)
            self._sent += 1

    def _changed(self) -> int | None:
        """Return when a file last came into the folder or left it (ns); None: no folder."""
        try:
            return os.stat(self._folder).st_mtime_ns
        except FileNotFoundError:
            return None

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        with _as_channel_error():
            changed = self._changed()
            if changed is not None and self._empty.get(queue) == changed:
                raise Empty
            looked_at = time.time_ns()
            for name in self._waiting(queue):
                path = self._folder / name
                try:
                    message = self._read(path)
                    if message is None:
                        self._set_aside(path)
                        continue
                    path.unlink()
                except FileNotFoundError:
                    continue  # Another reader has it.
                return message
        # File systems count time in steps: within this one another file may still come. Those that
        # count whole seconds cannot tell.
        if changed is not None and changed % 10**9 and looked_at - changed > STEP:
            self._empty[queue] = changed
        raise Empty

    def _size(self, queue: str) -> int:
        return len(self._waiting(queue))

    def _purge(self, queue: str) -> int:
        waiting = self._waiting(queue)
        for name in waiting:
            (self._folder / name).unlink(missing_ok=True)
        return len(waiting)

    def _waiting(self, queue: str) -> list[str]:
        """Return the queue's messages by name, oldest first; delete what any has too many of."""
        queues: dict[str, list[str]] = defaultdict(list)
        for name in self._names():
            if name.endswith(MESSAGE):
                queues[name.partition(".")[2].removesuffix(MESSAGE)].append(name)
            elif name.endswith(UNFINISHED):
                _delete_if_forgotten(self._folder / name)
        kept = {name: self._newest(found, MOST) for name, found in queues.items()}
        return kept.get(queue, [])

    def _names(self) -> list[str]:
        try:
            return os.listdir(self._folder)
        except FileNotFoundError:
            return []

    def _newest(self, names: list[str], most: int) -> list[str]:
        """Return the names, the oldest first, but delete the files before the last `most`."""
        names = sorted(names, key=_write_time)
        for name in names[:-most]:
            (self._folder / name).unlink(missing_ok=True)
        return names[-most:]

    def _read(self, path: Path) -> Any:
        """Return the file's message; None where it holds none, which is logged."""
        content = path.read_bytes()
        try:
            message = loads(content)
            whole: Any = self.Message(message, channel=self)
            # Kombu and Celery rely on these in every message.
            len(whole.body), whole.delivery_info["exchange"], whole.delivery_info["routing_key"]
        except Exception as error:  # Anything may stand in a file.
            logger.error("%s is no message and set aside: %s", path, type(error).__name__)
            return None
        return message

    def _set_aside(self, path: Path) -> None:
        path.rename(path.with_name(f"{path.name}{UNREADABLE}"))
        aside = [name for name in self._names() if name.endswith(UNREADABLE)]
        self._newest(aside, MOST_UNREADABLE)

    @property
    def may_receive(self) -> bool:
        """Whether a message would be taken now: the worker has a free slot."""
        return not self._consumers or self.qos.can_consume()

    @cached_property
    def _folder(self) -> Path:
        return folder_of(self.connection.client)


class Transport(virtual.Transport):
    """The transport of addresses that begin with `filesystem:`."""

    Channel = Channel
    # All connections of a process know the same bindings.
    global_state = virtual.BrokerState()
    default_port = 0
    driver_type = driver_name = "filesystem"
    # Of kombu's own, whose stubs let them be None.
    channels: Any
    cycle: Any
    polling_interval: Any

    def __init__(self, client: Any, **more: Any) -> None:
        super().__init__(client, **more)
        self.state = self.global_state

    def drain_events(self, connection: Any, timeout: float | None = None, **more: Any) -> None:
        """Deliver a message. Raises TimeoutError where none comes within `timeout` seconds.

        Linux wakes the reader for each new message, which is faster than kombu's polling and costs
        nothing while none comes.
        """
        ends = time.monotonic() + (float("inf") if timeout is None else timeout)
        while True:
            # Before the look: a message after it ends the wait.
            is_watched = self._watch.begin()
            try:
                self.cycle.get(self._deliver, timeout=timeout)
                return
            except Empty:
                left = ends - time.monotonic()
            if left <= 0:
                raise TimeoutError
            if is_watched and all(channel.may_receive for channel in self.channels):
                self._watch.wait(min(left, LONGEST_WAIT))
            else:
                time.sleep(min(left, self.polling_interval))

    def close_connection(self, connection: Any) -> None:
        super().close_connection(connection)
        # Only readers have one.
        if watch := self.__dict__.pop("_watch", None):
            watch.close()

    @cached_property
    def _watch(self) -> "FolderWatch":
        return FolderWatch(folder_of(self.client))

    def driver_version(self) -> str:
        return ""


class FolderWatch:
    """Waits until a file is moved into a folder, where the system is Linux and lets it."""

    def __init__(self, folder: Path) -> None:
        self._path = os.fsencode(folder)
        self._libc = ctypes.CDLL(None)
        self._events = -1
        if hasattr(self._libc, "inotify_init1"):
            self._events = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)

    def begin(self) -> bool:
        """Watch the folder, which may be another one by now; return whether that is possible."""
        mask = IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF
        return (
            self._events >= 0 and self._libc.inotify_add_watch(self._events, self._path, mask) >= 0
        )

    def wait(self, seconds: float) -> None:
        """Return after an event since the last call, or after so many seconds."""
        # `select.select` refuses descriptors above 1,023.
        poll = select.poll()
        poll.register(self._events, select.POLLIN)
        if poll.poll(seconds * 1000):
            os.read(self._events, 65_536)

    def close(self) -> None:
        """Stop watching."""
        if self._events >= 0:
            os.close(self._events)


def folder_of(client: Any) -> Path:
    """Return the folder of a connection's messages."""
    return Path(client.transport_options["folder"])


@contextmanager
def _as_channel_error() -> Iterator[None]:
    """Raise the exception that Celery expects for a full disk or a folder of another user."""
    try:
        yield
    except OSError as error:
        raise ChannelError(f"The queue's folder: {error}") from error


def _write_time(name: str) -> int:
    """Return when a message was written, by its name; those of kombu's transport come first."""
    number = name.partition("_")[0]
    return int(number) if number.isdecimal() else 0


def _delete_if_forgotten(path: Path) -> None:
    try:
        age = now().timestamp() - path.stat().st_mtime
    except FileNotFoundError:
        return  # It is whole by now.
    if age > FORGOTTEN_AFTER.total_seconds():
        path.unlink(missing_ok=True)
