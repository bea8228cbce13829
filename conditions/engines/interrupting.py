"""Interrupts queries of an engine when their answer is no longer wanted."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from conditions.engines.engine import Session

# Seconds between two checks whether the answer is still wanted.
LOOK = 0.2


@contextmanager
def interrupting(
    session: Session, is_over: Callable[[], bool], *, look: float = LOOK
) -> Iterator[None]:
    """Interrupt the queries of `session` in the block when `is_over` returns true.

    `is_over` is called in a thread of its own, `look` seconds after its last answer; it must not
    raise. An interruption before the query has begun has no effect, so each check interrupts again
    until the block has ended.
    """
    done = threading.Event()

    def watch() -> None:
        while not done.wait(look):
            if is_over():
                session.interrupt()

    watcher = threading.Thread(target=watch, name="engine", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
