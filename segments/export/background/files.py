"""The files of background exports: created atomically, readable by the product only, purged."""

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db.models import F

from core.clock import now
from customers.privacy.holdings import Person
from segments.models import Export

PARTIAL = ".partial"
# A file without a row may still be being written, so it is only deleted after this time.
ORPHANED_AFTER = timedelta(days=1)


@dataclass
class Output:
    """A file that is being written."""

    file: IO[bytes]
    size: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    def write(self, chunk: bytes) -> None:
        self.file.write(chunk)
        self.digest.update(chunk)
        self.size += len(chunk)


def new_name(export: Export) -> str:
    """Return a unique name, different for each holder of the lease of `export`."""
    return f"{export.pk}-{export.fencing}-{secrets.token_hex(8)}.{export.format}"


def path_of(name: str) -> Path:
    """Return the path of the file with a `name` from `new_name`."""
    return Path(settings.EXPORT_DIR) / name


@contextmanager
def writing(name: str) -> Iterator[Output]:
    """Yield a file to write, which gets its name when the block ends without an exception."""
    path = path_of(name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = path.with_name(f"{name}{PARTIAL}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield Output(file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def discard(exports: Iterable[Export]) -> None:
    """Delete the files of `exports`, and their links with them."""
    for export in exports:
        path_of(export.file).unlink(missing_ok=True)
        Export.objects.filter(pk=export.pk, file=export.file).update(file="")


def forget_person(person: Person) -> Iterator[str]:
    """Delete every file, and restart the exports that are being written, to erase `person`.

    It is not known which files contain the person. Users may request their exports again.
    """
    held = Export.objects.unfinished().exclude(lease_expires_at=None)
    # The workers lose their leases, and delete their files.
    held.update(fencing=F("fencing") + 1, lease_expires_at=None, woken_at=None)
    discard(Export.objects.exclude(file=""))
    for path in _files():
        if path.name.endswith(PARTIAL):
            path.unlink(missing_ok=True)
    yield from ()


def purge_files() -> None:
    """Delete expired files, and old files that no export names."""
    at = now()
    discard(Export.objects.filter(expires_at__lte=at).exclude(file=""))
    known = set(Export.objects.exclude(file="").values_list("file", flat=True))
    for path in _files():
        is_old = path.stat().st_mtime < (at - ORPHANED_AFTER).timestamp()
        if path.name not in known and is_old:
            path.unlink(missing_ok=True)


def _files() -> list[Path]:
    folder = Path(settings.EXPORT_DIR)
    return [path for path in folder.iterdir() if path.is_file()] if folder.exists() else []
