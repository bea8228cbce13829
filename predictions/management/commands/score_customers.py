"""`manage.py score_customers`: scores everybody now."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from customers.arguments import clock
from predictions.kinds import KINDS
from predictions.models import ScoringRun, ScoringState
from predictions.score import UnknownModel, score_models

# Rules are not trained: there is but one version of them.
RULES_VERSION = 1


class Command(BaseCommand):
    help = _("Score all customers of the population, and store what has changed.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "codes", nargs="*", metavar="CODE", help=_("of models (default: all of them)")
        )
        parser.add_argument("--as-of", type=clock, metavar="T", help=_("default: now"))
        parser.add_argument("--json", action="store_true", help=_("a line of JSON for each model"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Score, and say how many were scored, changed, removed and marked."""
        try:
            run = score_models(options["codes"] or KINDS, as_of=options["as_of"])
        except UnknownModel as error:
            raise CommandError(f"unknown_model: {error}") from error
        if run.state == ScoringState.OVERTAKEN:
            raise CommandError(_("Another scoring has begun meanwhile and goes on."))
        for line in self._lines(run, options["json"]):
            self.stdout.write(line)

    def _lines(self, run: ScoringRun, as_json: bool) -> list[str]:
        if not as_json:
            text = _(
                "%(model)s: %(scored)d scored, %(changed)d changed, %(removed)d removed, "
                "%(marked)d marked"
            )
            return [text % {"model": code, **run.counts[code]} for code in run.codes]
        lines = [
            {"model": code, "version": RULES_VERSION, **run.counts[code]} for code in run.codes
        ]
        return [json.dumps(line) for line in [*lines, _together(run, lines)]]


def _together(run: ScoringRun, lines: list[dict[str, Any]]) -> dict[str, int]:
    """Return the counts of all models; a customer who was marked by several counts once."""
    names = ("scored", "changed", "removed")
    sums = {name: sum(line[name] for line in lines) for name in names}
    return sums | {"marked": run.marked_customers}
