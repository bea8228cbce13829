"""`manage.py check_drift`: how far customers have moved from those of the trainings."""

import json
from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext as _

from predictions.management.words import refusals
from predictions.models import DriftReading, DriftStatus
from predictions.monitoring.drift import check_drift
from predictions.registry import model_named


class Command(BaseCommand):
    help = _("Compare customers with the training rows of versions in use; exit 1 on an alarm.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            *("codes",), nargs="*", metavar="CODE", help=_("of models; default: all in use")
        )
        parser.add_argument(
            "--json", action="store_true", help=_("one line of JSON for each model")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Compute, store and write drift readings, as every night; CommandError on an alarm."""
        codes = options["codes"] or None
        with refusals():
            for code in codes or ():
                model_named(code)
        found = check_drift(codes)
        for reading in found:
            if options["json"]:
                self.stdout.write(json.dumps(_as_json(reading), cls=DjangoJSONEncoder))
            else:
                self._print(reading)
        read = {one.version.model.code for one in found}
        for code in codes or ():
            if code not in read:
                text = _("%(code)s: no trained version is deployed, so no change can be measured.")
                self.stderr.write(text % {"code": code})
        alarms = [one.version.model.code for one in found if one.status == DriftStatus.ALARM]
        if alarms:
            raise CommandError(_("Alarm: %(codes)s.") % {"codes": ", ".join(alarms)}, returncode=1)

    def _print(self, reading: DriftReading) -> None:
        version = reading.version
        self.stdout.write(
            _("%(code)s, version %(number)d: %(status)s")
            % {
                "code": version.model.code,
                "number": version.number,
                "status": reading.status or _("not known: it was trained before this was measured"),
            }
        )
        for one in sorted(reading.features, key=lambda one: -(one["psi"] or 0.0)):
            shown = "-" if one["psi"] is None else f"{one['psi']:.6f}"
            self.stdout.write(f"  {one['feature']:<32} {shown:>12}")
        if reading.concept is not None:
            text = _("  brier of %(customers)d risks since %(since)s: %(brier)s, measured %(then)s")
            self.stdout.write(
                text
                % {
                    "customers": reading.concept["customers"],
                    "since": reading.concept["since"],
                    "brier": f"{reading.concept['brier']:.6f}",
                    "then": f"{reading.concept['version_brier']:.6f}",
                }
            )


def _as_json(reading: DriftReading) -> Mapping[str, Any]:
    """Return a reading under its public names; `at` is an aware datetime."""
    return {
        "model": reading.version.model.code,
        "version": reading.version.number,
        "at": reading.at,
        "status": reading.status or None,
        "psi": reading.psi,
        "features": reading.features,
        "concept": reading.concept,
        "labels": reading.labels,
    }
