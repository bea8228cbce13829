"""A cache of one minute for values of the shop's newest rows."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
SECONDS = 60
_kept: dict[str, tuple[float, Any]] = {}


def cached_for_minute(name: str, find: Callable[[], T]) -> T:
    """Return the result of `find`, cached under `name` for a minute."""
    now = time.monotonic()
    until, found = _kept.get(name, (0.0, None))
    if until < now:
        found = find()
        _kept[name] = (now + SECONDS, found)
    return found  # type: ignore[no-any-return]


def forget() -> None:
    """Empty the cache, so that the next reader loads it again."""
    _kept.clear()
