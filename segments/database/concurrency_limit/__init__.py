"""Turns: how many previews, or downloads, run at once, of one person and of everybody.

In whatever process.
A turn is a lock that ends with the process or the connection that holds it: nobody has to tidy up
after one that was killed. PostgreSQL's hold for all machines, SQLite's for the one that has it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.utils.translation import gettext_lazy

from segments.database.cancellation import Caller, cancel
from segments.database.concurrency_limit import postgresql, sqlite
from segments.database.locks import LockClass

# Each number of a user, and each of everybody, is one of so many.
MOST = 256
# How long the turn of a preview that was ended is waited for (seconds); mostly some milliseconds.
PATIENCE = 1.0
BETWEEN_TRIES = 0.02


class TooMany(Exception):
    """As many run as may."""


# What a refusal says, and after how many seconds it is worth asking again.
TOO_MANY = gettext_lazy("As many counts as may run at once are under way. Ask again in a moment.")
TOO_MANY_DOWNLOADS = gettext_lazy(
    "As many downloads as may run at once are under way. Ask again later, or export in the "
    "background."
)
ASK_AGAIN_AFTER = 1


@dataclass(frozen=True)
class Kind:
    """What turns are taken for: their locks, and the settings that say how many there are."""

    lock: LockClass
    per_user: str
    at_once: str


PREVIEWS = Kind(LockClass.TURNS, "PREVIEWS_PER_USER", "PREVIEWS_AT_ONCE")
DOWNLOADS = Kind(LockClass.DOWNLOADS, "DOWNLOADS_PER_USER", "DOWNLOADS_AT_ONCE")


@contextmanager
def turn(user: User, caller: Caller | None = None, *, kind: Kind = PREVIEWS) -> Iterator[None]:
    """Hold a turn of the user's and one of everybody's; raises TooMany where none is free.

    The older preview of the `caller` is ended first, and its turn waited for.
    """
    ended = caller is not None and cancel(user, caller.client, caller.seq - 1)
    backend, deadline = _backend(), time.monotonic() + (PATIENCE if ended else 0)
    while (held := _take(backend, user, kind)) is None:
        if time.monotonic() >= deadline:
            raise TooMany
        time.sleep(BETWEEN_TRIES)
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
