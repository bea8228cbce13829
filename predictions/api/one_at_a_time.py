"""What takes long and is computed for one request: one of them at a time in a web process."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from http import HTTPStatus

from django.utils.translation import gettext as _

from customers.rest.refusals import Refused

SECONDS = 10
# What is asked of so many customers at most is answered before anybody notices.
FEW = 100
_busy = threading.Lock()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let nobody else compute meanwhile, so that the other threads stay free: 503 `busy`."""
    if not _busy.acquire(blocking=False):
        text = _("Something else is being computed: try again when that is done.")
        raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, text, wait=SECONDS, code="busy")
    try:
        yield
    finally:
        _busy.release()


def turn_for(count: int) -> AbstractContextManager[None]:
    """Return what lets nobody else compute meanwhile where it is about many: 503 `busy`."""
    return one_at_a_time() if count > FEW else nullcontext()
