"""The command that makes up a shop."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from customers.generate.shop import generate_shop, write_shop
from customers.imports.problems import ImportRefused
from customers.imports.terminal import INTERRUPTED, print_report, progress_bar

LAST_MOMENT = "2026-01-01T00:00:00Z"
FIRST_YEAR = 1970
MOST_CUSTOMERS = 100_000_000


def moment(text: str) -> datetime:
    """Return the instant that `text` is in ISO 8601; without an offset it is UTC.

    Raises CommandError where `text` is no such time or lies before `FIRST_YEAR`.
    """
    try:
        instant = datetime.fromisoformat(text)
        instant = instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        message = _("--until: “{text}” is not an ISO 8601 time.")
        raise CommandError(message.format(text=text)) from error
    if instant.year < FIRST_YEAR:
        raise CommandError(_("--until lies in {year} or later.").format(year=FIRST_YEAR))
    return instant


class Command(BaseCommand):
    help = _("Makes up a shop, the same for the same arguments, and imports it.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--customers", type=int, required=True, metavar="N")
        parser.add_argument("--seed", type=int, required=True, metavar="S")
        parser.add_argument(
            "--until",
            default=LAST_MOMENT,
            metavar="DATETIME",
            help=_("the shop's last moment (default: %(default)s)"),
        )
        parser.add_argument(
            "--directory",
            type=Path,
            metavar="DIR",
            help=_("write the CSV files there and import nothing"),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        customers, seed, until = options["customers"], options["seed"], moment(options["until"])
        if not 0 <= customers <= MOST_CUSTOMERS:
            limit = f"{MOST_CUSTOMERS:,}"
            raise CommandError(_("--customers lies between 0 and {limit}.").format(limit=limit))
        try:
            with progress_bar(cast(TextIO, self.stderr._out)) as progress:
                if options["directory"]:
                    write_shop(options["directory"], customers, seed, until, progress)
                    return
                report = generate_shop(customers, seed, until, progress)
        except (ImportRefused, OSError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt as interrupt:
            message = _("Interrupted. Nothing was imported.")
            raise CommandError(message, returncode=INTERRUPTED) from interrupt
        print_report(report, cast(TextIO, self.stdout._out))
