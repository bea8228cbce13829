"""Turns as locks of files, which end with the process that holds them."""

import fcntl
from collections.abc import Sequence
from typing import IO

from django.conf import settings


def take(keys: Sequence[int]) -> IO[bytes] | None:
    """Take the first of the locks that is free, and return its open file; None where none is."""
    folder = settings.DATA_DIR / "turns"
    folder.mkdir(exist_ok=True)
    for key in keys:
        file = (folder / str(key)).open("wb")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
        else:
            return file
    return None


def release(file: IO[bytes]) -> None:
    """Give the lock back."""
    file.close()
