"""Turns as locks of files, which end with the process that holds them."""

from collections.abc import Sequence
from typing import IO

from core.database.named_locks import lock_file


def take(keys: Sequence[int]) -> IO[bytes] | None:
    """Take the first of the locks that is free, and return its open file; None where none is."""
    for key in keys:
        if file := lock_file(f"turn-{key}"):
            return file
    return None


def release(file: IO[bytes]) -> None:
    """Give the lock back."""
    file.close()
