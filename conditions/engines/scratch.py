"""Temporary folders for data that exceed memory: rows of the shop, deleted after their use."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

from django.conf import settings


@contextmanager
def scratch(kind: str) -> Iterator[Path]:
    """Give a new folder in DATA_DIR/engines, private to this user; delete it after the block.

    A killed process leaves its folders behind; the next call in any process deletes them.
    """
    place = Path(settings.DATA_DIR) / "engines"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    for folder in place.iterdir():
        _delete_if_nobody_s(folder)
    folder, lock = _made(place, kind)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _made(place: Path, kind: str) -> tuple[Path, int]:
    """Return a folder and its locked descriptor; the end of the process releases the lock."""
    while True:
        folder = Path(mkdtemp(prefix=f"{kind}-", dir=place))
        with suppress(FileNotFoundError):
            lock = os.open(folder, os.O_RDONLY)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if folder.exists():
                return folder, lock
            os.close(lock)  # Somebody took it for one that was left behind.


def _delete_if_nobody_s(folder: Path) -> None:
    try:
        lock = os.open(folder, os.O_RDONLY)
    except OSError:  # It is gone already.
        return
    try:
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)
