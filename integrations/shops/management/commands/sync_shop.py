"""`manage.py sync_shop`: what has changed in a shop since the last time."""

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from customers.imports.pipeline import Outcome
from customers.imports.problems import ImportRefused
from customers.imports.terminal import INTERRUPTED
from customers.management.commands.import_shop import Command as ImportShop
from integrations.shops.apis.client import ApiFailure
from integrations.shops.following import FOLLOWED
from integrations.shops.reader import add_source_arguments


class Command(ImportShop):
    help = _(
        "Reads what has changed in a shop since the last time, by its API; at first the whole shop."
        " What is read is stored block by block: a run that ends early goes on the next time."
        " Of maho the database is read, and each run is stored as a whole."
    )

    def add_paths(self, parser: CommandParser) -> None:
        parser.add_argument("shop", choices=[one.name for one in FOLLOWED], metavar="SOURCE")

    def add_reader_arguments(self, parser: CommandParser) -> None:
        add_source_arguments(parser)
        parser.add_argument(
            "--full",
            action="store_true",
            help=_("read everything again and delete customers who are gone from the shop"),
        )
        parser.add_argument(
            "--allow-deletions",
            action="store_true",
            help=_("delete customers that are gone from the shop, however many"),
        )

    def _handle(self, options: Mapping[str, Any], outcome: Outcome) -> None:
        if missing := FOLLOWED[options["shop"]].missing_settings:
            message = _("Set {settings} in the environment.").format(settings=", ".join(missing))
            raise CommandError(message, returncode=2)
        if not options["dry_run"] and self._asks(options):
            rehearsal = Outcome()
            self._sync({**options, "dry_run": True}, rehearsal)
            self._print_plan(rehearsal, None)
            if input(_("Import? [y/N]") + " ").strip().lower() not in ("y", "yes"):
                self.stdout.write(_("Nothing was imported."))
                return
        self._sync(options, outcome)
        refused_rows = options["refused"] if options["skip_bad_rows"] else None
        self._print_plan(outcome, None if options["dry_run"] else refused_rows)
        if options["dry_run"]:
            self.stdout.write(_("This was a dry run: nothing was imported."))

    def _sync(self, options: Mapping[str, Any], outcome: Outcome) -> None:
        """Read and store; raises CommandError that says what stays stored."""
        shop, is_dry = FOLLOWED[options["shop"]], options["dry_run"]
        stays = _("Nothing was imported.")
        if shop.is_in_blocks and not is_dry:
            stays = _("What was read before is stored; the next run goes on there.")
        try:
            with self.show_progress() as progress:
                shop.sync(options, outcome, is_dry=is_dry, progress=progress)
        except (ImportRefused, ApiFailure) as error:
            if isinstance(error, ImportRefused):
                outcome.problems = error.problems
            for line in outcome.plan.sentences():
                self.stdout.write(line)
            raise CommandError(f"{error}\n{stays}") from error
        except KeyboardInterrupt as interrupt:
            raise CommandError(
                f"{_('Interrupted.')} {stays}", returncode=INTERRUPTED
            ) from interrupt
