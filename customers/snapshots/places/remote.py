"""Shop snapshots in a store that fsspec reaches, such as S3. A file appears once it is complete.

The environment provides the credentials in the form that fsspec's packages read.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.utils.translation import gettext as _

from customers.snapshots.errors import SnapshotError
from customers.snapshots.places.store import OURS


class RemoteStore:
    """Files below an address (`scheme://...`)."""

    def __init__(self, url: str) -> None:
        self.location = url
        scheme = url.partition("://")[0]
        try:
            from fsspec.core import url_to_fs

            with self._name_store_in_errors():
                self.files, self.root = url_to_fs(url)
        except ImportError as error:
            text = _(
                "%(scheme)s:// needs the extra “snapshots” (bin/prepare snapshots)"
                " and more: %(error)s"
            )
            raise SnapshotError(text % {"scheme": scheme, "error": error}) from error

    def read(self, path: str) -> bytes | None:
        with self._name_store_in_errors():
            # Another process may have written the file meanwhile.
            self.files.invalidate_cache()
            try:
                return bytes(self.files.cat_file(self._at(path)))
            except FileNotFoundError:
                return None

    def replace(self, path: str, content: bytes) -> None:
        with self._name_store_in_errors():
            self._make(self.root)
            self.files.pipe_file(self._at(path), content)

    @contextmanager
    def writing(self, path: str) -> Iterator[Any]:
        with self._name_store_in_errors():
            self._make(self._at(path).rpartition("/")[0])
            file = self.files.open(self._at(path), "wb")
        try:
            # An exception of the block is no error of this store.
            yield file
        except BaseException:
            _throw_away(file)
            raise
        with self._name_store_in_errors():
            file.close()

    @contextmanager
    def reading(self, path: str) -> Iterator[Any]:
        with self._name_store_in_errors():
            file = self.files.open(self._at(path), "rb")
        with file:
            yield file

    def size(self, path: str) -> int:
        with self._name_store_in_errors():
            return int(self.files.size(self._at(path)))

    def sizes(self) -> dict[str, int]:
        with self._name_store_in_errors():
            self.files.invalidate_cache()
            try:
                found = self.files.find(self.root, detail=True)
            except FileNotFoundError:
                return {}
        below = {path.removeprefix(self.root).lstrip("/"): one for path, one in found.items()}
        return {path: int(one["size"]) for path, one in below.items() if OURS.fullmatch(path)}

    def delete(self, paths: Iterable[str]) -> None:
        for path in paths:
            with self._name_store_in_errors():
                try:
                    self.files.rm_file(self._at(path))
                except FileNotFoundError:
                    continue

    def settle(self) -> None:
        """Do nothing: what such a store has taken lasts."""

    def _make(self, folder: str) -> None:
        """Make a folder, but no bucket: how a copy of the shop is protected others say."""
        bucket = self.root.partition("/")[0]
        if bucket and not self.files.exists(bucket):
            raise FileNotFoundError(f"{self.location}: there is no {bucket}")
        self.files.makedirs(folder, exist_ok=True)

    def _at(self, path: str) -> str:
        return f"{self.root.rstrip('/')}/{path}"

    @contextmanager
    def _name_store_in_errors(self) -> Iterator[None]:
        """Say of whatever goes wrong there, of each store in its own way, which store it was."""
        try:
            yield
        except (FileNotFoundError, ImportError, SnapshotError):
            raise
        except Exception as error:
            text = _("The store %(place)s failed: %(error)s")
            raise SnapshotError(text % {"place": self.location, "error": error}) from error


def _throw_away(file: Any) -> None:
    """Have a file not be there: left alone, it would be written as far as it is, once forgotten."""
    with suppress(Exception):  # The store may be gone.
        file.discard()
    with suppress(AttributeError):  # What is in memory is written at once.
        file.closed = True
