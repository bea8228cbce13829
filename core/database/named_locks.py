"""Locks by name that outlast transactions and end with the process or connection holding them."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import connection


@contextmanager
def named_lock(name: str, *, cursor: Any = None, waits: bool = False) -> Iterator[bool]:
    """Hold the lock `name` during the block; yields False where another process holds it.

    On PostgreSQL it is an advisory lock of the session of `cursor`, the default connection's unless
    given; the block must not leave the cursor's transaction failed. On SQLite, which the processes
    of one machine use, it is a lock of a file in DATA_DIR. `waits`: until the lock is free.
    """
    digest = sha256(name.encode()).digest()
    if cursor is not None or connection.vendor == "postgresql":
        key = int.from_bytes(digest[:8], signed=True)
        with _advisory_lock(cursor or connection.cursor(), key, waits=waits) as is_ours:
            yield is_ours
        return
    file = lock_file(digest.hex()[:16], waits=waits)
    try:
        yield file is not None
    finally:
        if file is not None:
            file.close()


@contextmanager
def _advisory_lock(cursor: Any, key: int, *, waits: bool) -> Iterator[bool]:
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


def lock_file(name: str, *, waits: bool = False) -> IO[bytes] | None:
    """Lock the file `name` in DATA_DIR/locks until it is closed; None where it is locked."""
    folder = Path(settings.DATA_DIR) / "locks"
    folder.mkdir(exist_ok=True)
    file = (folder / name).open("wb")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if waits else fcntl.LOCK_NB))
    except BlockingIOError:
        file.close()
        return None
    return file
