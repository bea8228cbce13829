"""Shop snapshots in a local directory: whole files that last, readable by us alone."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from customers.snapshots.errors import SnapshotError
from customers.snapshots.places.store import OURS

PARTIAL = ".partial"
FOLDER, FILE = 0o700, 0o600


class LocalStore:
    """A directory; it is made when the first file is written."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.expanduser().resolve()
        self.location = str(self.directory)

    def read(self, path: str) -> bytes | None:
        try:
            return (self.directory / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def replace(self, path: str, content: bytes) -> None:
        target = self._made(path)
        partial = target.with_name(target.name + PARTIAL)
        with os.fdopen(_open_for_writing(partial), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
        _sync(target.parent)

    @contextmanager
    def writing(self, path: str) -> Iterator[Any]:
        import pyarrow

        target = self._made(path)
        descriptor = _open_for_writing(target)
        try:
            with pyarrow.OSFile(str(target), "wb") as file:
                yield file
            os.fsync(descriptor)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        finally:
            os.close(descriptor)

    @contextmanager
    def reading(self, path: str) -> Iterator[Any]:
        import pyarrow

        with pyarrow.OSFile(str(self.directory / path), "rb") as file:
            yield file

    def size(self, path: str) -> int:
        return (self.directory / path).stat().st_size

    def sizes(self) -> dict[str, int]:
        found = {}
        for one in self._all():
            path = one.relative_to(self.directory).as_posix()
            with suppress(FileNotFoundError):  # An erasure may delete it meanwhile.
                if OURS.fullmatch(path):
                    found[path] = one.stat().st_size
        return found

    def delete(self, paths: Iterable[str]) -> None:
        folders = set()
        for path in paths:
            with suppress(NotADirectoryError):
                (self.directory / path).unlink(missing_ok=True)
            folders.add((self.directory / path).parent)
        for folder in folders - {self.directory}:
            with suppress(OSError):  # Something else is in it.
                folder.rmdir()

    def settle(self) -> None:
        if self.directory.is_dir():
            for folder in (self.directory, *filter(Path.is_dir, self.directory.iterdir())):
                _sync(folder)

    def _made(self, path: str) -> Path:
        target = self.directory / path
        if self.directory.exists() and not self.directory.is_dir():
            text = _("%(place)s is a file: a shop snapshot needs a directory.")
            raise SnapshotError(text % {"place": self.directory})
        for folder in (self.directory, target.parent):
            folder.mkdir(mode=FOLDER, parents=True, exist_ok=True)
        return target

    def _all(self) -> Iterator[Path]:
        if self.directory.is_dir():
            for one in self.directory.iterdir():
                yield from one.iterdir() if one.is_dir() else (one,)


def _open_for_writing(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
