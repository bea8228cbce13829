"""Limits of trainings and predictions: calls per user and minute, heavy calls one at a time."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from http import HTTPStatus

from core.api.refusals import Refused
from core.api.throttles import ApiRate
from predictions.figures.single_computation import Busy, turn

# After so many seconds a client may retry.
RETRY_AFTER = 10
# Calls for at most this many customers are fast, and are not limited.
FEW = 100


class TrainRate(ApiRate):
    """`settings.ML_TRAIN_RATE` calls per minute that train or evaluate a model."""

    setting = "ML_TRAIN_RATE"


class PredictRate(ApiRate):
    """`settings.ML_PREDICT_RATE` calls per minute that run a model."""

    setting = "ML_PREDICT_RATE"


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Be the only heavy computation of the process, so that its other threads stay free.

    Raises Refused (503, `busy`) while another heavy computation runs.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(turn())
        except Busy as busy:
            raise Refused(
                HTTPStatus.SERVICE_UNAVAILABLE, str(busy), wait=RETRY_AFTER, code=busy.code
            ) from busy
        yield


def turn_for(count: int) -> AbstractContextManager[None]:
    """Return `one_at_a_time()` for a call about more than 100 customers, else a null context."""
    return one_at_a_time() if count > FEW else nullcontext()
