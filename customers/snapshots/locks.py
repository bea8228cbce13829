"""Which locks guard a shop snapshot.

One export at a time writes to a place, for as long as it takes. The manifest, and the files that it
names, are changed only under the second lock, for a moment: at the end of an export, by an erasure.
"""

from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Any

from core.database.named_locks import named_lock


class Lock(StrEnum):
    """What is locked of a place."""

    EXPORT = "export"
    MANIFEST = "manifest"


def locked(
    cursor: Any, lock: Lock, location: str, *, waits: bool = False
) -> AbstractContextManager[bool]:
    """Return the lock of the place `location` as `core.database.named_locks.named_lock` does."""
    return named_lock(f"shop snapshot {lock} {location}", cursor=cursor, waits=waits)
