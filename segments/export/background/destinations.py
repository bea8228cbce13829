"""Delivers files to destinations, atomically: a folder, S3 or SFTP.

A destination is a setting `EXPORT_TO_<NAME>` of the machine, with the credentials; users choose its
name and a folder below it. S3 and SFTP need django-storages, an optional extra.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from django.conf import settings
from django.core.files import File
from django.utils.translation import gettext_noop

from core.text.sentences import Sentence, SentenceError, keep_verbatim
from segments.models import Export

# Names of folders, with slashes between; none begins with a dot.
FOLDER = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*")
PARTIAL = ".partial"
# The timeouts (seconds) for other servers: for deliveries, and for tests while a user waits.
PATIENCE = 60
PATIENCE_OF_TRY = 10
TRY_NAME = ".tranche-try"


class NoDestination(SentenceError):
    """A destination that is missing or unusable."""


def is_folder(folder: str) -> bool:
    """Return whether `folder` is allowed below a destination; "" is the destination itself."""
    return not folder or bool(FOLDER.fullmatch(folder))


def name_of(export: Export) -> str:
    """Return the name of the delivered file of a scheduled export."""
    changes = "" if export.since is None else "-changes"
    at = f"{export.created_at:%Y%m%dT%H%M%SZ}"
    return f"{export.segment.code}-{export.scheduled_id}{changes}-{at}.{export.format}"


def bring(file: Path, name: str, destination: str, folder: str) -> None:
    """Copy `file` to `folder` of `destination` as `name`, which appears once it is complete.

    A repeated call replaces the file. Raises NoDestination, and any exception of the transport.
    """
    _bring(file, name, destination, folder, Stay())


def reason_of(error: Exception) -> Sentence:
    """Return why a delivery failed with `error`, to be stored and translated by readers."""
    if isinstance(error, SentenceError):
        return error.reason
    return keep_verbatim(str(error) or type(error).__name__)


def try_out(destination: str, folder: str) -> Sentence | None:
    """Deliver an empty file to `folder` of `destination` and delete it again.

    Return the error, or None without an error. The empty file stays where files may be written but
    not deleted.
    """
    with tempfile.NamedTemporaryFile() as empty:
        try:
            _bring(Path(empty.name), TRY_NAME, destination, folder, Stay(False, PATIENCE_OF_TRY))
        except Exception as error:
            return reason_of(error)
    return None


@dataclass(frozen=True)
class Stay:
    """Settings of a delivery: whether the file is to stay, and the server's timeout (seconds)."""

    is_wanted: bool = True
    patience: int = PATIENCE


def _bring(file: Path, name: str, destination: str, folder: str, stay: Stay) -> None:
    url = settings.EXPORT_DESTINATIONS.get(destination)
    if url is None or not is_folder(folder):
        raise NoDestination(
            gettext_noop("The destination “%(name)s” is not set up."), name=destination
        )
    parts = urlsplit(url)
    way = WAYS.get(parts.scheme)
    if way is None:
        known = ", ".join(f"{scheme}://" for scheme in WAYS)
        raise NoDestination(
            gettext_noop("A destination begins with one of %(known)s."), known=known
        )
    way(file, PurePosixPath(folder) / name, parts, stay)


def _to_folder(file: Path, name: PurePosixPath, place: SplitResult, stay: Stay) -> None:
    root = Path(unquote(place.path)).resolve()
    target = root / name
    if not root.is_dir():  # Such as one that is not mounted.
        raise NoDestination(gettext_noop("The folder of the destination is not there."))
    # Symbolic links must not lead outside of the destination.
    if not target.parent.resolve().is_relative_to(root):
        raise NoDestination(gettext_noop("The folder is outside of the destination."))
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}{PARTIAL}")
    try:
        with file.open("rb") as source, partial.open("wb") as output:
            shutil.copyfileobj(source, output)
            output.flush()
            os.fsync(output.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    if not stay.is_wanted:
        target.unlink()


def _to_s3(file: Path, name: PurePosixPath, place: SplitResult, stay: Stay) -> None:
    try:
        from botocore.config import Config
        from storages.backends.s3 import S3Storage
    except ImportError as error:
        raise _missing_extra() from error
    options = {key: values[-1] for key, values in parse_qs(place.query).items()}
    storage = S3Storage(
        bucket_name=place.hostname,
        access_key=_decode_text(place.username),
        secret_key=_decode_text(place.password),
        endpoint_url=options.get("endpoint"),
        region_name=options.get("region"),
        location=unquote(place.path).strip("/"),
        file_overwrite=True,
        client_config=Config(
            connect_timeout=stay.patience,
            read_timeout=stay.patience,
            retries={"total_max_attempts": 3 if stay.is_wanted else 1},
        ),
    )
    # S3 shows an object only once it is complete.
    with file.open("rb") as source:
        storage.save(str(name), File(source))
    if not stay.is_wanted:
        with suppress(Exception):
            storage.delete(str(name))


def _to_sftp(file: Path, name: PurePosixPath, place: SplitResult, stay: Stay) -> None:
    try:
        from storages.backends.sftpstorage import SFTPStorage
    except ImportError as error:
        raise _missing_extra() from error
    options = {key: values[-1] for key, values in parse_qs(place.query).items()}
    host, port = place.hostname or "", place.port or 22
    if "host_key" not in options:
        raise NoDestination(gettext_noop("An SFTP destination needs the server's host_key."))
    login: dict[str, Any] = {
        "port": port,
        "username": _decode_text(place.username),
        "password": _decode_text(place.password),
        "key_filename": options.get("key_file"),
        "allow_agent": False,
        "look_for_keys": False,
        **dict.fromkeys(("timeout", "banner_timeout", "auth_timeout"), stay.patience),
    }
    with ExitStack() as stack:
        # With a known host key, the library accepts no other key.
        known = stack.enter_context(tempfile.NamedTemporaryFile("w", suffix=".known_hosts"))
        called = host if port == 22 else f"[{host}]:{port}"
        known.write(f"{called} {options['host_key']}\n")
        known.flush()
        storage = stack.enter_context(
            SFTPStorage(
                host=host,
                params=login,
                known_host_file=known.name,
                root_path=unquote(place.path),
            )
        )
        channel = storage.sftp.get_channel()
        channel.settimeout(stay.patience)
        partial = name.with_name(f".{name.name}{PARTIAL}")
        with file.open("rb") as source:
            storage._save(str(partial), File(source))
        paths = (storage._remote_path(str(one)) for one in (partial, name))
        storage.sftp.posix_rename(*paths)
        if not stay.is_wanted:
            with suppress(Exception):
                storage.delete(str(name))


def _decode_text(text: str | None) -> str | None:
    return None if text is None else unquote(text)


def _missing_extra() -> NoDestination:
    return NoDestination(gettext_noop("S3 and SFTP need the extra “exports”: bin/prepare exports"))


WAYS: dict[str, Callable[[Path, PurePosixPath, SplitResult, Stay], None]] = {
    "file": _to_folder,
    "s3": _to_s3,
    "sftp": _to_sftp,
}
