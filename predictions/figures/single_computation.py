"""What takes long and is computed for one request: one of them at a time in a web process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _

from predictions.refusals import Refused

_busy = threading.Lock()


class Busy(Refused):
    """Something else is being computed in this process."""


@contextmanager
def turn() -> Iterator[None]:
    """Let nobody else compute meanwhile, so that the other threads stay free; raises `Busy`."""
    if not _busy.acquire(blocking=False):
        text = _("Something else is being computed: try again when that is done.")
        raise Busy("busy", text)
    try:
        yield
    finally:
        _busy.release()
