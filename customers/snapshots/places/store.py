"""The interface of a place of shop snapshots (a directory or a store), and its file names."""

import re
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any, Protocol

# The names of a shop snapshot's files: a table, and a number that no other file has. No other file
# of a place is ever deleted.
OURS = re.compile(r"[a-z][a-z0-9_]*/[0-9a-f]{16}-[0-9]{5,}\.parquet|manifest\.json\.partial")


class Store(Protocol):
    """Files by their paths within one place.

    Every method raises OSError, or SnapshotError, where the place cannot be reached or is full.
    """

    location: str

    def read(self, path: str) -> bytes | None:
        """Return the content of a file; None where the file does not exist."""
        ...

    def replace(self, path: str, content: bytes) -> None:
        """Replace a file by `content` durably; if that fails, the old file stays."""
        ...

    def writing(self, path: str) -> AbstractContextManager[Any]:
        """Return a context with a new file for Arrow to write; durable when the block has ended."""
        ...

    def reading(self, path: str) -> AbstractContextManager[Any]:
        """Return a context with a file for Arrow to read."""
        ...

    def size(self, path: str) -> int:
        """Return the bytes of a file."""
        ...

    def sizes(self) -> dict[str, int]:
        """Return the bytes of shop snapshots' files, complete or not, except the manifest."""
        ...

    def delete(self, paths: Iterable[str]) -> None:
        """Delete the files that exist."""
        ...

    def settle(self) -> None:
        """Make all writes and deletions durable, even if the machine stops now."""
        ...
