"""`manage.py setup_models`: fits recommendations, for the first time or again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from core.commands import clock
from personalization.models import ListInUse
from personalization.recommend.algorithms import COUNTERS
from personalization.recommend.nightly import fit_recommendations


class Command(BaseCommand):
    help = _("Fit recommendations on everything that was bought, and promote what is better.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--as-of", type=clock, metavar="T", help=_("default: now"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Fit them."""
        fit = fit_recommendations(options["as_of"])
        text = _("Fitted on %(customers)d customers and %(skus)d SKUs.")
        self.stdout.write(text % {"customers": fit.customers, "skus": fit.skus})
        names = {(one.scope, one.wish): one for one in ListInUse.objects.select_related("version")}
        for (scope, wish), row in sorted(names.items()):
            text = _("%(list)s %(website)s: %(version)s.")
            place = scope or _("on all websites")
            served = row.version or COUNTERS[wish].name
            label = row.get_wish_display()
            self.stdout.write(text % {"list": label, "website": place, "version": served})
