"""`manage.py clean_online_retail`: print what each cleaning step removes from a data file."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from customers.imports.problems import ImportRefused
from customers.imports.terminal import INTERRUPTED, progress_bar
from predictions.management.online_retail import Cleaning, clean_rows


class Command(BaseCommand):
    help = _("Say what each step of cleaning leaves of an Online Retail file; stores nothing.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--json", action="store_true", help=_("as JSON"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Read the file and print the cleaning steps.

        Raises CommandError where the file cannot be read (exit 1) and on an interrupt.
        """
        try:
            with progress_bar(cast(TextIO, self.stderr._out)) as progress:
                found = clean_rows(options["file"], progress)
        except (ImportRefused, OSError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt as interrupt:
            raise CommandError(_("Interrupted."), returncode=INTERRUPTED) from interrupt
        if options["json"]:
            self.stdout.write(json.dumps(asdict(found)))
        else:
            self._print(found)

    def _print(self, found: Cleaning) -> None:
        headings = (_("rows"), _("removed"), _("customers"), _("stock codes"))
        self.stdout.write(_line(_("step"), headings))
        for one in found.steps:
            removed = "" if one.removed is None else f"{one.removed:,}"
            numbers = (f"{one.rows:,}", removed, f"{one.customers:,}", f"{one.stock_codes:,}")
            self.stdout.write(_line(one.step, numbers))
        text = _("Cancellations: %(rows)s rows on %(invoices)s of %(all)s invoices.")
        said = {
            "rows": f"{found.cancellation_rows:,}",
            "invoices": f"{found.cancellation_invoices:,}",
            "all": f"{found.invoices:,}",
        }
        self.stdout.write(text % said)


def _line(name: str, cells: tuple[str, ...]) -> str:
    return f"{name:<14}" + "".join(f" {cell:>14}" for cell in cells)
