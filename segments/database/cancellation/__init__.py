"""Previews that end before their time: a newer one of the same client, or its owner, ends them."""

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
    """Who asks for a preview: `client` is one open page of the user, `seq` counts its previews."""

    user: User
    client: str
    seq: int


@contextmanager
def replacing(caller: Caller) -> Iterator[IsOver]:
    """End the older previews of the client, and let newer ones end the block's queries.

    Gives what says whether that has happened, for `snapshot.time_limit`. Raises Cancelled: at once
    where a newer one has been there already, and at the end where one came in between.
    """
    with _backend().running(caller.user, caller.client, caller.seq) as is_over:
        yield is_over


def cancel(user: User, client: str, seq: int | None = None) -> bool:
    """End the client's preview, also in another process; with `seq` those up to that one.

    Returns whether one was running.
    """
    ended: bool = _backend().cancel(user, client, seq)
    return ended


def _backend() -> ModuleType:
    return postgresql if connection.vendor == "postgresql" else sqlite
