"""Turns as file locks, which end with the process that holds them."""

from collections.abc import Sequence
from typing import IO

from core.database.named_locks import lock_file


def take(keys: Sequence[int]) -> IO[bytes] | None:
    """Take the first free lock and return its open file; None where none is free."""
    for key in keys:
        if file := lock_file(f"turn-{key}"):
            return file
    return None


def release(file: IO[bytes]) -> None:
    """Release the lock."""
    file.close()
