"""manage.py check_mail: whether the stored messages, sums and states fit together."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from campaigns.management.consistency import findings


class Command(BaseCommand):
    help = _("Check sums, states and orphans of campaigns and messages.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write a line for each finding; raise CommandError (exit code 1) if there is any."""
        found = 0
        for line in findings():
            found += 1
            self.stdout.write(line)
        if found:
            raise CommandError(_("{n} findings").format(n=found))
        self.stdout.write(_("All is right."))
