"""What a place of shop snapshots does, a directory or a store; and what their files are called."""

import re
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any, Protocol

# What files of a shop snapshot are called: a table, and a number that no other file has. Nothing
# else in a place is ever deleted.
OURS = re.compile(r"[a-z][a-z0-9_]*/[0-9a-f]{16}-[0-9]{5,}\.parquet|manifest\.json\.partial")


class Store(Protocol):
    """Files by their paths within one place.

    Every method raises OSError, or SnapshotError, where the place cannot be reached or is full.
    """

    location: str

    def read(self, path: str) -> bytes | None:
        """Return what is in a file; None where it is not there."""
        ...

    def replace(self, path: str, content: bytes) -> None:
        """Put `content` in place of a file: it is there whole, and lasts, or the old one is."""
        ...

    def writing(self, path: str) -> AbstractContextManager[Any]:
        """Give what Arrow can write a new file to; it lasts when the block has ended."""
        ...

    def reading(self, path: str) -> AbstractContextManager[Any]:
        """Give what Arrow can read a file from."""
        ...

    def size(self, path: str) -> int:
        """Return the bytes of a file."""
        ...

    def sizes(self) -> dict[str, int]:
        """Return the bytes of files of shop snapshots, whole or not, but for the manifest."""
        ...

    def delete(self, paths: Iterable[str]) -> None:
        """Delete files, as far as they are there."""
        ...

    def settle(self) -> None:
        """Have what was written and deleted last, also if the machine stops now."""
        ...
