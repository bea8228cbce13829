"""Where a command writes what it was asked for: a file, or standard output."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError


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
        # Whoever reads has seen enough; Python's own flush at the end is not to complain.
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
    # Under another name until it is complete: what is broken off leaves no half file.
    partial = path.with_name(f"{path.name}.partial")
    try:
        with partial.open("wb") as output:
            output.writelines(chunks)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
