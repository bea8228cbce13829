"""`manage.py score_customers`: score the population now."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from core.commands import clock, whole_number
from predictions.models import ModelVersion, ScoringRun, ScoringState
from predictions.registry import Unknown
from predictions.scoring.runs import score_models


class Command(BaseCommand):
    help = _("Score all customers of the population, and store what has changed.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "codes",
            nargs="*",
            metavar="CODE",
            help=_("of models (default: all that are switched on)"),
        )
        parser.add_argument("--as-of", type=clock, metavar="T", help=_("default: now"))
        parser.add_argument(
            "--shards",
            type=whole_number(1, 1_000),
            metavar="N",
            help=_("in so many shards, on which other workers help (default: by their size)"),
        )
        parser.add_argument("--json", action="store_true", help=_("a line of JSON for each model"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Score, and print how many customers were scored, changed, removed and marked.

        Raises CommandError for an unknown model, where another run has overtaken this one, and,
        after the counts, where a deployed version could not be used.
        """
        try:
            run = score_models(
                options["codes"] or None, as_of=options["as_of"], count=options["shards"]
            )
        except Unknown as error:
            raise CommandError(f"unknown_model: {error}") from error
        if run.state == ScoringState.OVERTAKEN:
            raise CommandError(_("Another scoring has begun meanwhile and goes on."))
        self._warn(run)
        for line in _lines(run, options["json"]):
            self.stdout.write(line)
        if run.problems:
            raise CommandError(
                "\n".join(f"{one['code']}: {one['message']}" for one in run.problem_texts.values())
            )

    def _warn(self, run: ScoringRun) -> None:
        for code in run.codes:
            if code not in run.versions and code not in run.problems:
                text = _("%(model)s: no version is deployed, so it was left out.")
                self.stderr.write(text % {"model": code})
        later = ModelVersion.objects.filter(as_of__gt=run.as_of)
        for code, number in run.versions.items():
            if later.filter(model__code=code, number=number).exists():
                text = _("%(model)s: version %(number)d was trained as of a later moment.")
                self.stderr.write(text % {"model": code, "number": number})


def _lines(run: ScoringRun, as_json: bool) -> list[str]:
    if not as_json:
        text = _(
            "%(model)s: %(scored)d scored, %(changed)d changed, %(removed)d removed, "
            "%(marked)d marked"
        )
        return [text % {"model": code, **counts} for code, counts in run.counts.items()]
    lines = [
        {"model": code, "version": run.versions[code], **counts}
        for code, counts in run.counts.items()
    ]
    return [json.dumps(line) for line in [*lines, _together(run, lines)]]


def _together(run: ScoringRun, lines: list[dict[str, Any]]) -> dict[str, int]:
    """Return the sums over all models; a customer marked by several models counts once."""
    names = ("scored", "changed", "removed")
    sums = {name: sum(line[name] for line in lines) for name in names}
    return sums | {"marked": run.marked_customers}
