"""`manage.py deploy_model`: has everybody scored by a version."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from predictions.management.words import refusals
from predictions.registry import deploy, model_named, version_of


class Command(BaseCommand):
    help = _("Deploy a version of a model: everybody is scored by it from then on.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", metavar="CODE", help=_("of a model"))
        parser.add_argument("version", type=int, metavar="VERSION", help=_("its number"))
        parser.add_argument(
            "--override-reason",
            default="",
            metavar="R",
            help=_("why, where it has not passed the approval check (10 to 500 characters)"),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Deploy it."""
        with refusals():
            version = version_of(model_named(options["code"]), options["version"])
            deploy(version, reason=options["override_reason"])
        text = _("%(code)s: version %(number)d is deployed")
        self.stdout.write(text % {"code": options["code"], "number": options["version"]})
