"""Limits concurrent expensive requests: a client that gets no turn has to retry."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from rest_framework.request import Request

from core.api.permissions import user_of
from core.api.refusals import Refused
from segments.database.cancellation import Caller
from segments.database.concurrency_limit import ASK_AGAIN_AFTER, TOO_MANY, TooMany, turn


@contextmanager
def turn_of(request: Request, caller: Caller | None = None) -> Iterator[None]:
    """Hold a turn of the request's user while the block runs.

    Raises Refused with status 429 where none is free.
    """
    try:
        with turn(user_of(request), caller):
            yield
    except TooMany as error:
        status = HTTPStatus.TOO_MANY_REQUESTS
        raise Refused(status, str(TOO_MANY), wait=ASK_AGAIN_AFTER) from error
