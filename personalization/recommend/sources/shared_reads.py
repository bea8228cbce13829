"""Reads each row and each history once for all lists of one reply."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Value = TypeVar("Value")

# The values that the lists of one reply share, by key.
_SHARED: ContextVar[dict[Hashable, Any] | None] = ContextVar("shared", default=None)


@contextmanager
def shared_histories() -> Iterator[None]:
    """Have `read_once` read each row and each history only once within the block."""
    if _SHARED.get() is not None:
        yield
        return
    token = _SHARED.set({})
    try:
        yield
    finally:
        _SHARED.reset(token)


def read_once(key: Hashable, read: Callable[[], Value]) -> Value:
    """Return what `read` returns; within `shared_histories` it is called once for each `key`."""
    shared = _SHARED.get()
    if shared is None:
        return read()
    if key not in shared:
        shared[key] = read()
    value: Value = shared[key]
    return value
