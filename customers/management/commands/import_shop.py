"""The command that imports a directory of CSV files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from customers.imports.report import ImportReport
from customers.imports.run import OnProgress
from customers.imports.shop_csv import import_shop
from customers.management.importing import ImportCommand


class Command(ImportCommand):
    help = _("Imports the CSV files of a directory: all of it, or nothing where a row is bad.")

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--lock-empty-tables",
            action="store_true",
            help=_(
                "for a shop's first import: PostgreSQL fills tables that have no rows yet faster, "
                "but pages that ask for customers wait until it is over"
            ),
        )

    def imported(
        self,
        directory: Path,
        *,
        skip_bad_rows: Path | None,
        progress: OnProgress | None,
        options: Mapping[str, Any],
    ) -> ImportReport:
        return import_shop(
            directory,
            skip_bad_rows=skip_bad_rows,
            progress=progress,
            lock_empty_tables=options["lock_empty_tables"],
        )
