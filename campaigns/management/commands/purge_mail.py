"""manage.py purge_mail: this app's part of purge."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from customers.privacy import retention

OURS = "campaigns."


class Command(BaseCommand):
    help = _("Delete messages that are no longer kept, as the daily task does.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write how many rows of each kind are deleted."""
        # Whatever they are about: coupons that mail gave are rows of price rules.
        rules = [rule for rule in retention.RULES if rule.expired.__module__.startswith(OURS)]
        done = {rule.name: 0 for rule in rules}
        for rule, count in retention.purge(rules):
            done[rule] += count
        for rule, count in done.items():
            self.stdout.write(_("{rule}: {count}").format(rule=rule, count=f"{count:,}"))
