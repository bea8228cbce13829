"""`manage.py alerts_backtest`: the alarms that recorded sizes would have raised."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts.habit.backtest import find_alarms
from alerts.habit.size_files import InvalidFile, read_facts, read_sizes
from core.commands import write_out


class Command(BaseCommand):
    help = (
        "Judge the sizes in SIZES.csv (segment, day, members) day by day and report the alarms. "
        "Reads no row of the database."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("sizes", metavar="SIZES.csv")
        parser.add_argument(
            "--facts",
            metavar="FACTS.csv",
            help="what else happened: segment, day, cause, share of the change",
        )
        parser.add_argument("--report", metavar="FILE.json", help="write the alarms to this file")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            sizes = read_sizes(options["sizes"])
            facts = read_facts(options["facts"]) if options["facts"] else {}
        except InvalidFile as error:
            raise CommandError(str(error)) from error
        alarms = list(find_alarms(sizes, facts))
        if options["report"]:
            report = json.dumps({"alarms": [one.document for one in alarms]}, indent=1)
            write_out([report.encode(), b"\n"], options["report"], self.stdout)
        else:
            for one in alarms:
                self.stdout.write(
                    _("%(day)s %(segment)s: %(members)d, %(low)d to %(high)d usual, %(cause)s")
                    % {**one.document, "cause": one.cause.label}
                )
        self._write_summary(sum(len(one.days) for one in sizes), len(sizes), len(alarms))

    def _write_summary(self, days: int, segments: int, alarms: int) -> None:
        first = ngettext("%(n)d alarm", "%(n)d alarms", alarms) % {"n": alarms}
        second = ngettext("%(n)d segment", "%(n)d segments", segments) % {"n": segments}
        third = ngettext("%(n)d size", "%(n)d sizes", days) % {"n": days}
        self.stdout.write(f"{first}; {second}, {third}")
