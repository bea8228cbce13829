"""`manage.py setup_predictions`: makes the models that are not there yet."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from predictions.registry import setup


class Command(BaseCommand):
    help = _("Make the models that are not there yet, as migrate does too, and say which.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create the missing models and write their codes."""
        made = setup()
        if not made:
            self.stdout.write(_("All models are there."))
        for code in made:
            self.stdout.write(_("%(code)s: made") % {"code": code})
