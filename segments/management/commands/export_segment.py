"""`manage.py export_segment`: the stored members of a segment as CSV or XML."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from segments.export.columns import DEFAULT_COLUMNS
from segments.export.contents import ExportRefused, InvalidExport
from segments.export.members import export_members
from segments.export.targets import TARGETS
from segments.management.arguments import segments_by_code


class Command(BaseCommand):
    help = "Write the stored members of segment CODE to FILE, or to standard output."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", metavar="CODE")
        parser.add_argument("--format", choices=["csv", "xml"], required=True)
        parser.add_argument("--output", metavar="FILE")
        parser.add_argument(
            "--columns", metavar="NAME,...", help=f"by default {','.join(DEFAULT_COLUMNS)}"
        )
        parser.add_argument(
            "--target",
            default="",
            metavar="NAME",
            help=f"the program that reads it: {', '.join(one.name for one in TARGETS)}",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        (segment,) = segments_by_code([options["code"]])
        try:
            chunks = export_members(
                segment,
                options["format"],
                user=None,
                columns=None if options["columns"] is None else options["columns"].split(","),
                target=options["target"],
            )
        except (InvalidExport, ExportRefused) as error:
            raise CommandError(str(error)) from error
        if options["output"]:
            _write_file(Path(options["output"]), chunks)
        else:
            self._write_out(chunks)

    def _write_out(self, chunks: Iterator[bytes]) -> None:
        binary = getattr(self.stdout, "buffer", None)
        try:
            for chunk in chunks:
                if binary:
                    binary.write(chunk)
                else:
                    self.stdout.write(chunk.decode(), ending="")
            self.stdout.flush()
        except BrokenPipeError:
            # Whoever reads has seen enough; Python's own flush at the end is not to complain.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.stdout.fileno())


def _write_file(path: Path, chunks: Iterator[bytes]) -> None:
    try:
        if path.exists() and not path.is_file():  # A device or a pipe is not replaced by a file.
            with path.open("wb") as output:
                output.writelines(chunks)
        else:
            _replace_file(path.resolve(), chunks)
    except OSError as error:
        raise CommandError(str(error)) from error


def _replace_file(path: Path, chunks: Iterator[bytes]) -> None:
    # Under another name until it is complete: a broken-off export leaves no half file.
    partial = path.with_name(f"{path.name}.partial")
    try:
        with partial.open("wb") as output:
            output.writelines(chunks)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
