"""Who may change a shop snapshot: advisory locks of PostgreSQL, which end with their session.

One export at a time writes to a place, for as long as it takes. The manifest, and the files that it
names, are changed by whoever has the second lock, for a moment: exports at their end, erasures.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from hashlib import sha256
from typing import Any


class Lock(StrEnum):
    """What is locked of a place."""

    EXPORT = "export"
    MANIFEST = "manifest"


@contextmanager
def locked(cursor: Any, lock: Lock, location: str, *, waits: bool = False) -> Iterator[bool]:
    """Hold a lock of the place `location` during the block; yields False where somebody else does.

    `waits`: until it is free. The block must not leave the cursor's transaction failed.
    """
    digest = sha256(f"shop snapshot {lock} {location}".encode()).digest()
    key = int.from_bytes(digest[:8], signed=True)
    if waits:
        cursor.execute("SELECT pg_advisory_lock(%s)", [key])
        is_ours = True
    else:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        (is_ours,) = cursor.fetchone()
    try:
        yield is_ours
    finally:
        if is_ours and not cursor.connection.closed:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
