"""A turn of the web process, as calls take it: 503 `busy` where somebody else has it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from http import HTTPStatus

from core.api.refusals import Refused
from predictions.figures.single_computation import Busy, turn

SECONDS = 10
# What is asked of so many customers at most is answered before anybody notices.
FEW = 100


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let nobody else compute meanwhile, so that the other threads stay free: 503 `busy`."""
    with ExitStack() as stack:
        try:
            stack.enter_context(turn())
        except Busy as busy:
            raise Refused(
                HTTPStatus.SERVICE_UNAVAILABLE, str(busy), wait=SECONDS, code=busy.code
            ) from busy
        yield


def turn_for(count: int) -> AbstractContextManager[None]:
    """Return what lets nobody else compute meanwhile where it is about many: 503 `busy`."""
    return one_at_a_time() if count > FEW else nullcontext()
