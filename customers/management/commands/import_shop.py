"""The command that imports a directory of CSV files."""

from pathlib import Path
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.imports.problems import ImportRefused
from customers.imports.shop_csv import import_shop
from customers.imports.terminal import INTERRUPTED, print_report, progress_bar

REFUSED_ROWS = Path("refused_rows.csv")


class Command(BaseCommand):
    help = _("Imports the CSV files of a directory: all of it, or nothing where a row is bad.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("directory", type=Path)
        parser.add_argument(
            "--skip-bad-rows",
            action="store_true",
            help=_("import the good rows and write the bad ones with their reasons to a CSV file"),
        )
        parser.add_argument(
            "--refused",
            type=Path,
            default=REFUSED_ROWS,
            metavar="FILE",
            help=_("that CSV file (default: %(default)s in the current directory)"),
        )

        parser.add_argument(
            "--lock-empty-tables",
            action="store_true",
            help=_(
                "for a shop's first import: PostgreSQL fills tables that have no rows yet faster, "
                "but pages that ask for customers wait until it is over"
            ),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        refused_rows = options["refused"] if options["skip_bad_rows"] else None
        try:
            with progress_bar(cast(TextIO, self.stderr._out)) as progress:
                report = import_shop(
                    options["directory"],
                    skip_bad_rows=refused_rows,
                    progress=progress,
                    lock_empty_tables=options["lock_empty_tables"],
                )
        except ImportRefused as refusal:
            nothing = _("Nothing was imported.")
            raise CommandError(f"{refusal}\n{nothing}") from refusal
        except OSError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt as interrupt:
            message = _("Interrupted. Nothing was imported.")
            raise CommandError(message, returncode=INTERRUPTED) from interrupt
        print_report(report, cast(TextIO, self.stdout._out))
        if refused_rows and report.refused:
            message = ngettext(
                "{count} row was refused: see {file}",
                "{count} rows were refused: see {file}",
                report.refused,
            )
            self.stdout.write(message.format(count=f"{report.refused:,}", file=refused_rows))
