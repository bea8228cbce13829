"""What stands in the shop's newest rows, kept for a minute: nobody waits for it twice."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
SECONDS = 60
_kept: dict[str, tuple[float, Any]] = {}


def kept(name: str, find: Callable[[], T]) -> T:
    """Return what `find` gives, or gave within the last minute under this `name`."""
    now = time.monotonic()
    until, found = _kept.get(name, (0.0, None))
    if until < now:
        found = find()
        _kept[name] = (now + SECONDS, found)
    return found  # type: ignore[no-any-return]


def forget() -> None:
    """Forget all of it, so that the next one to read looks again."""
    _kept.clear()
