"""`manage.py import_benchmarks`: figures of other shops from a CSV file."""

from pathlib import Path
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from customers.imports.problems import ImportRefused
from customers.imports.terminal import INTERRUPTED, print_report
from predictions.benchmarks import import_benchmarks


class Command(BaseCommand):
    help = _("Import figures of others, all of a CSV file or nothing where a row is bad.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", type=Path, help=_("columns: metric, value, period, source; all are needed")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import the file, and say what became of its rows."""
        try:
            report = import_benchmarks(options["file"])
        except ImportRefused as refusal:
            nothing = _("Nothing was imported.")
            raise CommandError(f"{refusal}\n{nothing}") from refusal
        except OSError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt as interrupt:
            message = _("Interrupted. Nothing was imported.")
            raise CommandError(message, returncode=INTERRUPTED) from interrupt
        print_report(report, cast(TextIO, self.stdout._out))
