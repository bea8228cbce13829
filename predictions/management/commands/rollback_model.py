"""`manage.py rollback_model`: goes one deployment back."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from predictions.management.words import refusals
from predictions.registry import model_named, rollback


class Command(BaseCommand):
    help = _("Go back to the version of a model that was deployed before.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", metavar="CODE", help=_("of a model"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Go back."""
        with refusals():
            version = rollback(model_named(options["code"]))
        text = _("%(code)s: version %(number)d is deployed again")
        self.stdout.write(text % {"code": options["code"], "number": version.number})
