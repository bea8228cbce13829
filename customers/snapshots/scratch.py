"""Temporary folders for data that exceed memory: rows of the shop, deleted after their use."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import gethostname
from tempfile import mkdtemp

from django.conf import settings

from core.clock import now

LOCK = ".lock"
# Seconds without a new file after which another host's folder counts as left behind.
LEFT_AFTER = 86_400


@contextmanager
def scratch(kind: str) -> Iterator[Path]:
    """Give a new folder in DATA_DIR/engines, private to this user; delete it after the block.

    A process holds a lock on a file in its folder. A killed process leaves its folder behind; the
    next call in any process of its host, whose name ends the folder's name, deletes it. The locks
    of some network file systems hold on one host only: a folder of another host is deleted when
    nobody is seen to hold its lock and no file was made there for a day.
    """
    place = Path(settings.DATA_DIR) / "engines"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    for folder in place.iterdir():
        if _is_left_behind(folder):
            shutil.rmtree(folder, ignore_errors=True)
    folder = Path(mkdtemp(prefix=f"{kind}-", suffix=_host_suffix(), dir=place))
    try:
        with _held_lock(folder):
            yield folder
    finally:
        # After the release: a network file system keeps an open file, and so the folder.
        shutil.rmtree(folder, ignore_errors=True)


def _host_suffix() -> str:
    return f"@{gethostname()}"


@contextmanager
def _held_lock(folder: Path) -> Iterator[None]:
    """Lock a file of the folder, which gets its name when it is locked, for the block.

    The end of the process releases the lock.
    """
    new = folder / f"{LOCK}-new"
    lock = os.open(new, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        new.rename(folder / LOCK)
        yield
    finally:
        os.close(lock)


def _is_left_behind(folder: Path) -> bool:
    with suppress(OSError):  # Another process holds the lock, or the folder is gone already.
        is_old = now().timestamp() - folder.stat().st_mtime > LEFT_AFTER
        if not (is_old or folder.name.endswith(_host_suffix())):
            return False
        if not (folder / LOCK).exists():  # It is being made, or an earlier version has made it.
            return is_old
        lock = os.open(folder / LOCK, os.O_RDWR)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        finally:
            os.close(lock)
    return False
