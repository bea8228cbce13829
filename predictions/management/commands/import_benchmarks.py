"""`manage.py import_benchmarks`: figures of other shops from a CSV file."""

from pathlib import Path
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from customers.imports.terminal import print_report
from customers.management.importing import all_or_nothing
from predictions.figures.benchmarks import import_benchmarks


class Command(BaseCommand):
    help = _("Import figures of others, all of a CSV file or nothing where a row is bad.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", type=Path, help=_("columns: metric, value, period, source; all are needed")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import the file, and say what became of its rows."""
        with all_or_nothing():
            report = import_benchmarks(options["file"])
        print_report(report, cast(TextIO, self.stdout._out))
