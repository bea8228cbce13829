"""The command that deletes rows whose retention has ended."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from customers.privacy import retention


class Command(BaseCommand):
    help = _("Deletes what the rules of retention no longer keep, as the daily task does.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help=_("only say how many rows that would be")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dry_run"]:
            for rule, count in retention.count_purgeable():
                self.stdout.write(_("{rule}: {count}").format(rule=rule, count=f"{count:,}"))
            return
        done: Counter[str] = Counter({rule.name: 0 for rule in retention.RULES})
        for rule, count in retention.purge():
            done[rule] += count
            if self.stderr.isatty():
                self.stderr.write(f"{rule}: {done[rule]:,}\r", ending="")
        for rule, count in done.items():
            self.stdout.write(_("{rule}: {count}").format(rule=rule, count=f"{count:,}"))
