"""`manage.py check_alerts`: judges sizes and looks for failures now."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts.checks.running import check_alerts
from alerts.words import describe_alert
from core.clock import now
from core.commands import clock


class Command(BaseCommand):
    help = _(
        "Judge the size of each active segment that was not judged today, look for what fails, "
        "and write a line for each new alert."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--as-of", type=clock, metavar="T", help=_("the instant of the check"))

    def handle(self, *args: Any, **options: Any) -> None:
        found = check_alerts(options["as_of"] or now(), only_due=False)
        for alert in found:
            self.stdout.write(f"{alert.kind}: {describe_alert(alert)}")
        text = ngettext("%(n)d new alert", "%(n)d new alerts", len(found))
        self.stdout.write(text % {"n": len(found)})
