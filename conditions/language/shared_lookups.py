"""Shares look-ups in the database among trees that are read together, such as a page of segments.

Within `share_lookups`, each look-up is made once. Outside of it, nothing is remembered.
"""

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Found = TypeVar("Found")
# The most keys in one statement: SQLite takes 250,000 parameters, PostgreSQL 65,535.
MOST_KEYS = 10_000
_shared: ContextVar[dict[Hashable, Any] | None] = ContextVar("shared look-ups", default=None)


@contextmanager
def share_lookups() -> Iterator[None]:
    """Share look-ups within the block, which must not change what they find."""
    token = _shared.set({})
    try:
        yield
    finally:
        _shared.reset(token)


def load_shared(kind: Hashable, load: Callable[[], Found]) -> Found | None:
    """Return what `load` returned first for `kind` within the block; None outside of a block."""
    shared = _shared.get()
    if shared is None:
        return None
    if kind not in shared:
        shared[kind] = load()
    found: Found = shared[kind]
    return found


def look_up(
    find: Callable[[Collection[str]], Mapping[str, Found]], keys: Collection[str]
) -> Mapping[str, Found]:
    """Return `find(keys)`, which is called only for keys that are new within the block."""
    known: dict[str, Found | None] | None = load_shared(find, dict)
    if known is None:
        return find(keys)
    new = [key for key in keys if key not in known]
    for start in range(0, len(new), MOST_KEYS):
        part = new[start : start + MOST_KEYS]
        found = find(part)
        known.update({key: found.get(key) for key in part})
    return {key: one for key in keys if (one := known[key]) is not None}
