"""`manage.py train_model`: train models in this process, and print their metrics."""

import json
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from core.commands import clock
from predictions.kinds import KINDS
from predictions.kinds.trained import is_trained
from predictions.lifecycle.documents import ModelVersionSerializer
from predictions.lifecycle.train import train
from predictions.management.words import metrics_table, refusals
from predictions.models import Gate, ModelVersion
from predictions.registry import models


class Command(BaseCommand):
    help = _("Train models, and print their metrics beside those of the baseline.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("codes", nargs="*", metavar="CODE", help=_("of models"))
        parser.add_argument(
            "--all", action="store_true", help=_("all that are trained and switched on")
        )
        parser.add_argument("--as-of", type=clock, metavar="T", help=_("default: now"))
        parser.add_argument(
            *("--param",),
            action="append",
            type=parameter,
            default=[],
            metavar="NAME=VALUE",
            help=_("a parameter; a value is JSON where it can be read as such, else text"),
        )
        parser.add_argument(
            "--deploy", action="store_true", help=_("deploy what passes the approval check")
        )
        parser.add_argument("--json", action="store_true", help=_("a line of JSON for each model"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Train the models one after the other; a refused model does not stop the others.

        Raises CommandError where neither or both of codes and `--all` are given, and after all
        trainings where a model was not trained, or was not deployed although `--deploy` is given.
        """
        codes = list(dict.fromkeys(options["codes"]))
        if options["all"] == bool(codes):
            raise CommandError(_("Either models or --all are to be given."))
        if options["all"]:
            kinds = [code for code, kind in KINDS.items() if is_trained(kind)]
            codes = [one.code for one in models().filter(is_active=True, kind__in=kinds)]
        failed = [code for code in codes if not self._train(code, options)]
        if failed:
            raise CommandError(
                _("Not trained, or not deployed: %(codes)s") % {"codes": ", ".join(failed)}
            )

    def _train(self, code: str, options: dict[str, Any]) -> bool:
        if not options["json"]:
            self.stdout.write(_("%(code)s: reading, measuring, fitting …") % {"code": code})
            self.stdout.flush()
        try:
            with refusals():
                version = train(
                    code,
                    as_of=options["as_of"],
                    parameters=dict(options["param"]),
                    deploys=options["deploy"],
                )
        except CommandError as error:
            self.stderr.write(f"{code}: {error}")
            return False
        self._say(version, as_line=options["json"])
        if options["deploy"] and version.gate != Gate.PASSED:
            text = _("gate_failed: version %(number)d of %(code)s is not deployed.")
            self.stderr.write(text % {"number": version.number, "code": code})
            return False
        return True

    def _say(self, version: ModelVersion, *, as_line: bool) -> None:
        code = version.model.code
        if as_line:
            line = {"model": code, **ModelVersionSerializer(version).data}
            self.stdout.write(json.dumps(line))
            return
        text = _("%(code)s: version %(number)d")
        self.stdout.write(text % {"code": code, "number": version.number})
        for row in metrics_table(version.metrics, version.gate):
            self.stdout.write(row)
        for warning in version.warnings:
            self.stdout.write(_("warning: %(code)s") % {"code": warning})


def parameter(text: str) -> tuple[str, Any]:
    """Return name and value of `name=value`; a value that is no JSON is a text, or a list.

    Raises ArgumentTypeError for a text of another form.
    """
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise ArgumentTypeError(_("“%(text)s” is not of the form name=value") % {"text": text})
    parsed = _parse_value(value)
    if isinstance(parsed, str) and "," in parsed:
        return name, [_parse_value(part.strip()) for part in parsed.split(",")]
    return name, parsed


def _parse_value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
