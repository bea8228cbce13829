"""`manage.py export_segment`: the stored members of a segment as CSV or XML."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.commands import write_out
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
        write_out(chunks, options["output"], self.stdout)
