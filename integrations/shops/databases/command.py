"""The base of the commands that import a shop's database."""

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from customers.imports.plan import ImportPlan
from customers.imports.readers import ConvertedShop
from customers.management.commands.import_shop import Command as ImportShop
from integrations.shops.databases.connection import BadAddress, parse_address
from integrations.shops.databases.layouts import DATABASES
from integrations.shops.databases.reader import open_shop
from integrations.shops.reader import add_source_arguments


class DatabaseCommand(ImportShop):
    """Imports a shop from its MariaDB or MySQL database, read only: all of it, or nothing."""

    # A name of DATABASES, and the setting that stands in for the address.
    platform: str
    setting: str

    def add_paths(self, parser: CommandParser) -> None:
        parser.add_argument(
            "address",
            nargs="?",
            metavar="DATABASE_URL",
            help=_(
                "mysql://user:password@host:3306/name; without it the setting {setting}, which"
                " other users of the machine cannot see in the list of processes"
            ).format(setting=self.setting),
        )

    def add_reader_arguments(self, parser: CommandParser) -> None:
        add_source_arguments(parser)
        parser.add_argument(
            "--table-prefix", metavar="P", help=_("what the names of the shop's tables begin with")
        )
        parser.add_argument(
            "--full",
            action="store_true",
            help=_("read everything; imports without it do so as well"),
        )
        parser.add_argument(
            "--allow-deletions",
            action="store_true",
            help=_("delete customers that are gone from the shop, however many"),
        )

    def open_shop(
        self, stack: ExitStack, options: Mapping[str, Any], plan: ImportPlan
    ) -> ConvertedShop | None:
        address = options["address"] or getattr(settings, self.setting)
        if not address:
            message = _("Name the database, or set {setting}.").format(setting=self.setting)
            raise CommandError(message, returncode=2)
        try:
            parse_address(address)
        except BadAddress as error:
            raise CommandError(str(error), returncode=2) from None
        platform = DATABASES[self.platform]
        with self.show_progress() as progress:
            return stack.enter_context(open_shop(platform, address, options, plan, progress))
