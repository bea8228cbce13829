"""Lock for long computations of single requests: one at a time in a web process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _

from predictions.refusals import Refused

_busy = threading.Lock()


class Busy(Refused):
    """Raised while this process already makes a computation."""


@contextmanager
def turn(seconds: float = 0) -> Iterator[None]:
    """Let one thread compute at a time, so that the other threads stay free; raises `Busy`.

    Waits for a turn for at most `seconds`.
    """
    if not _busy.acquire(timeout=seconds):
        text = _("Something else is being computed: try again when that is done.")
        raise Busy("busy", text)
    try:
        yield
    finally:
        _busy.release()
