"""Turns: limits how many previews or downloads run at once, per user and in total.

The limits hold across processes. A turn is a lock that ends with the process or connection that
holds it, so no cleanup is needed after a killed process. The limits hold for all machines on
PostgreSQL, and for the one machine on SQLite.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic, sleep
from types import ModuleType

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.utils.translation import gettext_lazy

from segments.database.cancellation import Caller, cancel
from segments.database.concurrency_limit import postgresql, sqlite
from segments.database.locks import LockClass

# The number of lock keys for each user, and for the total.
MOST = 256
# The time to wait for the turn of a cancelled preview (seconds); usually some milliseconds.
PATIENCE = 1.0
BETWEEN_TRIES = 0.02


class TooMany(Exception):
    """The maximum number of previews or downloads is running."""


# The message of a refusal, and the seconds after which a client may retry.
TOO_MANY = gettext_lazy("As many counts as may run at once are under way. Ask again in a moment.")
TOO_MANY_DOWNLOADS = gettext_lazy(
    "As many downloads as may run at once are under way. Ask again later, or export in the "
    "background."
)
ASK_AGAIN_AFTER = 1


@dataclass(frozen=True)
class Kind:
    """A kind of turns: the class of their locks, and the settings with their numbers."""

    lock: LockClass
    per_user: str
    at_once: str


PREVIEWS = Kind(LockClass.TURNS, "PREVIEWS_PER_USER", "PREVIEWS_AT_ONCE")
DOWNLOADS = Kind(LockClass.DOWNLOADS, "DOWNLOADS_PER_USER", "DOWNLOADS_AT_ONCE")


@contextmanager
def turn(user: User, caller: Caller | None = None, *, kind: Kind = PREVIEWS) -> Iterator[None]:
    """Hold one of the user's turns and one of the total. Raises TooMany where none is free.

    First cancels the older preview of the `caller` and waits for its turn.
    """
    ended = caller is not None and cancel(user, caller.client, caller.seq - 1)
    backend, deadline = _backend(), monotonic() + (PATIENCE if ended else 0)
    while (held := _take(backend, user, kind)) is None:
        if monotonic() >= deadline:
            raise TooMany
        sleep(BETWEEN_TRIES)
    try:
        yield
    finally:
        for one in held:
            backend.release(one)


def _take(backend: ModuleType, user: User, kind: Kind) -> list[object] | None:
    held: list[object] = []
    for owner, most in (
        (user.pk, getattr(settings, kind.per_user)),
        (0, getattr(settings, kind.at_once)),  # everybody's
    ):
        numbers = range(owner * MOST, owner * MOST + min(most, MOST))
        one = backend.take([kind.lock.key(number) for number in numbers])
        if one is None:
            for before in held:
                backend.release(before)
            return None
        held.append(one)
    return held


def _backend() -> ModuleType:
    return postgresql if connection.vendor == "postgresql" else sqlite
