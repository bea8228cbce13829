"""`manage.py export_mlflow`: sends the trainings that the tracking server has not."""

from collections import Counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from core.commands import whole_number
from core.extras import is_usable
from integrations.mlflow.runs import tracked_run, trained_versions
from integrations.mlflow.server import Outcome, TrackingServer


class Command(BaseCommand):
    help = _("Send the trainings that the tracking server of MLflow has not, each once.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--since",
            type=whole_number(1, 2**31 - 1),
            default=1,
            metavar="VERSION",
            help=_("of each model the versions from this number on; default: all"),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Send the versions, the oldest first.

        Raises CommandError where MLflow is not configured, and at the first version that fails.
        """
        if not settings.MLFLOW_TRACKING_URI:
            raise CommandError(_("MLFLOW_TRACKING_URI is empty: there is nowhere to send to."))
        if not is_usable("MLFLOW_TRACKING_URI"):
            raise CommandError(_("The extra “mlflow” is not installed."))
        server, counts = TrackingServer(), Counter[str]()
        for version in trained_versions().filter(number__gte=options["since"]).iterator():
            run = tracked_run(version, with_artifact=settings.MLFLOW_ARTIFACTS)
            try:
                outcome = server.send(run)
            except Exception as error:
                text = _("%(run)s is not sent, nor what came after it: %(error)s")
                found = {"run": run.name, "error": type(error).__name__}
                raise CommandError(text % found) from error
            counts[outcome] += 1
            if outcome != Outcome.UNCHANGED:
                self.stdout.write(f"{run.name}: {outcome}")
        text = _("%(created)d created, %(updated)d updated, %(unchanged)d unchanged")
        self.stdout.write(text % {one.value: counts[one] for one in Outcome})
