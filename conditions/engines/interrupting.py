"""Questions to an engine that end when their answer is no longer wanted."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from conditions.engines.engine import Session

# How often it is looked whether that is so (seconds).
LOOK = 0.2


@contextmanager
def interrupting(
    session: Session, is_over: Callable[[], bool], *, look: float = LOOK
) -> Iterator[None]:
    """Interrupt what the block asks of `session` when `is_over` says so.

    `is_over` is called in a thread of its own, `look` seconds after its last answer; it raises
    nothing. An interruption that comes before the question has begun has no effect: there is one
    after each look until the block has ended.
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
