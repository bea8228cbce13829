"""Cancels running previews: by a newer preview of the same client, or on request."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType

from django.contrib.auth.models import User
from django.db import connection

from core.database.time_limit import IsOver
from segments.database.cancellation import postgresql, sqlite


@dataclass(frozen=True)
class Caller:
    """The sender of a preview: `client` is one open page of the user, `seq` counts its previews."""

    user: User
    client: str
    seq: int


@contextmanager
def replacing(caller: Caller) -> Iterator[IsOver]:
    """Cancel the older previews of the client, and let newer ones cancel the block's queries.

    Yields the function that returns whether that has happened, for `time_limit`. Raises Cancelled:
    at once where a newer preview has already begun, and at the end of the block where one has begun
    during the block.
    """
    with _backend().running(caller.user, caller.client, caller.seq) as is_over:
        yield is_over


def cancel(user: User, client: str, seq: int | None = None) -> bool:
    """Cancel the client's preview, also in another process; with `seq`, only up to that number.

    Return whether a preview was running.
    """
    ended: bool = _backend().cancel(user, client, seq)
    return ended


def _backend() -> ModuleType:
    return postgresql if connection.vendor == "postgresql" else sqlite
