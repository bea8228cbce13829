"""`manage.py evaluate_model`: measures a version again."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from core.commands import clock
from predictions.lifecycle.documents import ModelEvaluationSerializer
from predictions.lifecycle.evaluate import evaluate
from predictions.management.words import metrics_table, refusals
from predictions.registry import model_named


class Command(BaseCommand):
    help = _("Measure a version of a model against the baseline, and print the result.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", metavar="CODE", help=_("of a model"))
        parser.add_argument(
            *("version",),
            nargs="?",
            type=int,
            metavar="VERSION",
            help=_("default: the deployed one, else the newest"),
        )
        parser.add_argument("--as-of", type=clock, metavar="T", help=_("default: now"))
        parser.add_argument("--json", action="store_true", help=_("one line of JSON"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Measure it."""
        with refusals():
            found = evaluate(
                model_named(options["code"]), options["version"], as_of=options["as_of"]
            )
        if options["json"]:
            self.stdout.write(json.dumps(ModelEvaluationSerializer(found).data))
            return
        for row in metrics_table(found.metrics, found.gate):
            self.stdout.write(row)
