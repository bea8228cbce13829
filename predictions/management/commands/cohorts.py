"""`manage.py cohorts`: the table of cohorts as CSV."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.clock import now
from core.commands import clock, write_out
from core.figures.table import csv_text
from predictions.history.cohorts import BYS, FIGURES, Cohorts, cohorts


class Command(BaseCommand):
    help = _("Write what became of those who bought first in the same month or week, as CSV.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--by", choices=BYS, default="month")
        parser.add_argument("--value", choices=FIGURES, default="customers")
        parser.add_argument("--as-of", type=clock, metavar="T", help=_("default: now"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Write cohorts; the periods that are not over and the omissions go to standard error."""
        as_of = options["as_of"] or now()
        found = cohorts(as_of=as_of, by=options["by"], figure=options["value"])
        write_out([_csv(found)], None, self.stdout)
        if found.incomplete:
            text = _("Not over at %(as_of)s: %(periods)s.")
            said = {"as_of": as_of.isoformat(), "periods": ", ".join(found.incomplete)}
            self.stderr.write(text % said)
        if found.left_out:
            text = ngettext(
                "Left out: %(count)d cohort that began more than 50 years ago. Are the dates of "
                "those orders right?",
                "Left out: %(count)d cohorts that began more than 50 years ago. Are the dates of "
                "those orders right?",
                found.left_out,
            )
            self.stderr.write(text % {"count": found.left_out})


def _csv(found: Cohorts) -> bytes:
    length = max((len(cells) for _label, cells in found.rows), default=0)
    rows = [(label, *cells, *[""] * (length - len(cells))) for label, cells in found.rows]
    return csv_text([("cohort", *range(length)), *rows], end="\n").encode()
