"""The command that imports the UCI Online Retail dataset."""

from pathlib import Path
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from customers.imports.online_retail.dataset import Counts, import_online_retail
from customers.imports.terminal import print_report, progress_bar
from customers.management.importing import all_or_nothing


class Command(BaseCommand):
    help = _("Imports the UCI Online Retail dataset from a .csv, .csv.xz or .xlsx file.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        with all_or_nothing(), progress_bar(cast(TextIO, self.stderr._out)) as progress:
            counts, report = import_online_retail(options["file"], progress)
        print_report(report, cast(TextIO, self.stdout._out))
        self._print(counts)

    def _print(self, counts: Counts) -> None:
        revenue = f"{counts.revenue // 100}.{counts.revenue % 100:02}"
        for name, count in (
            (_("rows read"), counts.rows_read),
            (_("duplicates"), counts.duplicates),
            (_("rows without a customer"), counts.rows_without_customer),
            (_("credit notes"), counts.credit_notes),
            (_("lines of credit notes"), counts.credit_note_lines),
            (_("adjustments"), counts.adjustments),
            (_("services"), counts.services),
            (_("orders"), counts.orders),
            (_("lines"), counts.lines),
            (_("customers"), counts.customers),
            (_("revenue"), revenue),
        ):
            self.stdout.write(f"{name}: {count}")
