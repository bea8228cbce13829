"""The locks of a shop snapshot.

Only one export at a time writes to a place, under the first lock for its whole duration. The
manifest and the files that it names are changed only under the second lock, which is held briefly:
at the end of an export, and by an erasure.
"""

from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Any

from core.database.named_locks import named_lock


class Lock(StrEnum):
    """The locks of a place."""

    EXPORT = "export"
    MANIFEST = "manifest"


def lock_location(
    cursor: Any, lock: Lock, location: str, *, waits: bool = False
) -> AbstractContextManager[bool]:
    """Return the lock of the place `location` as `core.database.named_locks.named_lock` does."""
    return named_lock(f"shop snapshot {lock} {location}", cursor=cursor, waits=waits)
