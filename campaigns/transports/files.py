"""Mails as files of one directory."""

import hashlib
import os
import re
import tempfile
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path

UNSAFE = re.compile(r"[^A-Za-z0-9@_.-]|^\.")
MOST_CHARACTERS = 200


def writer_to(directory: Path) -> Callable[[EmailMessage], None]:
    """Return what writes a message as `directory`/<Message-ID>.eml, whole or not at all.

    The directory is made where it is missing; the same id replaces its file. Raises OSError.
    """

    def write(message: EmailMessage) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(dir=directory, prefix=".", suffix=".part")
        try:
            with open(number, "wb") as file:
                file.write(message.as_bytes())
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, directory / f"{safe_name(message['Message-ID'])}.eml")
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise
        _settle(directory)

    return write


def safe_name(message_id: str) -> str:
    """Return a file's name for a Message-ID: what had to be changed ends in a hash of the id."""
    bare = message_id.strip("<>")
    name = UNSAFE.sub("_", bare)[:MOST_CHARACTERS]
    if name == bare:
        return name
    return f"{name}-{hashlib.sha256(bare.encode()).hexdigest()[:16]}"


def _settle(directory: Path) -> None:
    """Let the new name outlive a power cut as the file's content does."""
    number = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
