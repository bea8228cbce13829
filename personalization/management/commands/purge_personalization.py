"""The command that deletes what this app no longer keeps: its part of `purge`."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from customers.privacy import retention
from personalization.behavior.retention import RULES


class Command(BaseCommand):
    help = _("Deletes behaviour and visitors that are no longer kept, as the daily task does.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help=_("only say how many rows that would be")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        steps = retention.count_purgeable if options["dry_run"] else retention.purge
        done = Counter({rule.name: 0 for rule in RULES})
        for rule, count in steps(RULES):
            done[rule] += count
        for rule, count in done.items():
            self.stdout.write(_("{rule}: {count}").format(rule=rule, count=f"{count:,}"))
