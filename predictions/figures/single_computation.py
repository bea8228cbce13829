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
def turn() -> Iterator[None]:
    """Let one thread compute at a time, so that the other threads stay free; raises `Busy`."""
    if not _busy.acquire(blocking=False):
        text = _("Something else is being computed: try again when that is done.")
        raise Busy("busy", text)
    try:
        yield
    finally:
        _busy.release()
