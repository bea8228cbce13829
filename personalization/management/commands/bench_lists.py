"""`manage.py bench_lists`: how long the fit of lists takes on a shop of a given size."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from personalization.recommend.nightly.benchmark import measure_lists


class Command(BaseCommand):
    help = _("Make a shop by a seed, fit all recommendations of it, and print what that takes.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--customers", type=int, default=1_000_000)
        parser.add_argument("--skus", type=int, default=20_000)
        parser.add_argument("--pairs", type=int, default=15_000_000)

    def handle(self, *args: Any, **options: Any) -> None:
        """Measure, and print one line of JSON; raises CommandError for a size below 1."""
        sizes = [options[name] for name in ("customers", "skus", "pairs")]
        if min(sizes) < 1:
            raise CommandError(_("Customers, SKUs and pairs: at least 1."))
        self.stdout.write(json.dumps(measure_lists(*sizes).as_json()))
