"""Arguments and output of management commands, shared by several apps."""

import os
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from core.clock import checked_clock


def clock(text: str) -> datetime:
    """Return the instant that `text` names (ISO 8601 with an offset).

    Raises ArgumentTypeError where `text` is no such time or lies outside of the years 101 to 9899.
    """
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(
            _("“%(text)s” is not a time such as 2026-04-10T12:00:00Z") % {"text": text}
        ) from error
    if parsed.tzinfo is None:
        raise ArgumentTypeError(
            _("“%(text)s” needs an offset, such as 2026-04-10T12:00:00Z") % {"text": text}
        )
    try:
        return checked_clock(parsed)
    except ValueError as error:
        raise ArgumentTypeError(_("“%(text)s” is too far away") % {"text": text}) from error


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """Return an argparse type that accepts whole numbers from `least` to `most`, in plain digits.

    It raises ArgumentTypeError for any other text.
    """

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit()) or not least <= int(text[:20]) <= most:
            message = _("“%(text)s” is not a whole number from %(least)d to %(most)d")
            raise ArgumentTypeError(message % {"text": text, "least": least, "most": most})
        return int(text)

    return read


def write_out(chunks: Iterable[bytes], file: str | None, stdout: Any) -> None:
    """Write `chunks` to `file`, else to the command's `stdout`.

    A file is there as a whole or as it was before. Raises CommandError where it cannot be written.
    """
    if file:
        _write_file(Path(file), chunks)
        return
    binary = getattr(stdout, "buffer", None)
    try:
        for chunk in chunks:
            if binary:
                binary.write(chunk)
            else:
                stdout.write(chunk.decode(), ending="")
        stdout.flush()
    except BrokenPipeError:
        # The reader of the pipe has closed it; keep Python's flush at exit from failing as well.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stdout.fileno())


def _write_file(path: Path, chunks: Iterable[bytes]) -> None:
    try:
        if path.exists() and not path.is_file():  # A device or a pipe is not replaced by a file.
            with path.open("wb") as output:
                output.writelines(chunks)
        else:
            _replace_file(path.resolve(), chunks)
    except OSError as error:
        raise CommandError(str(error)) from error


def _replace_file(path: Path, chunks: Iterable[bytes]) -> None:
    # The file has another name until it is complete: an aborted command leaves no half file.
    partial = path.with_name(f"{path.name}.partial")
    try:
        with partial.open("wb") as output:
            output.writelines(chunks)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
