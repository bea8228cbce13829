"""`manage.py export_segment`: the stored members of a segment as CSV or XML."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from segments.export.columns import DEFAULT_COLUMNS, InvalidColumns
from segments.export.members import ExportRefused, export_members
from segments.management.arguments import segments_by_code


class Command(BaseCommand):
    help = "Write the stored members of segment CODE to FILE, or to standard output."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", metavar="CODE")
        parser.add_argument("--format", choices=["csv", "xml"], required=True)
        parser.add_argument("--output", metavar="FILE")
        parser.add_argument("--columns", default=",".join(DEFAULT_COLUMNS), metavar="NAME,...")

    def handle(self, *args: Any, **options: Any) -> None:
        (segment,) = segments_by_code([options["code"]])
        try:
            chunks = export_members(
                segment, options["format"], user=None, columns=options["columns"].split(",")
            )
        except (InvalidColumns, ExportRefused) as error:
            raise CommandError(str(error)) from error
        if options["output"]:
            _write_file(Path(options["output"]), chunks)
        else:
            sys.stdout.buffer.writelines(chunks)


def _write_file(path: Path, chunks: Any) -> None:
    # Under another name until it is complete: a broken-off export leaves no half file.
    partial = path.with_name(f"{path.name}.partial")
    try:
        with partial.open("wb") as output:
            output.writelines(chunks)
        partial.replace(path)
    except OSError as error:
        raise CommandError(str(error)) from error
    finally:
        partial.unlink(missing_ok=True)
