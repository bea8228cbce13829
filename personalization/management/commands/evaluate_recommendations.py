"""`manage.py evaluate_recommendations`: measures the algorithms on what was bought later."""

import json
from datetime import UTC, date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext as _

from core.commands import clock
from personalization.recommend.evaluation import CANDIDATES, Figures, K, as_json, evaluate

MOST = 1_000


class Command(BaseCommand):
    help = _("Measure recommendations: fit on what was, and compare with what was bought then.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--split", type=moment, required=True, metavar="T")
        parser.add_argument("--until", type=moment, metavar="U", help=_("default: without an end"))
        parser.add_argument("--k", type=int, default=K, help=_("how many are recommended"))
        parser.add_argument("--algorithm", choices=CANDIDATES, help=_("default: all"))
        parser.add_argument("--json", action="store_true", help=_("one line of JSON"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Measure them."""
        split, until, k = options["split"], options["until"], options["k"]
        if not 1 <= k <= MOST:
            raise CommandError(_("--k: from 1 to %(most)d.") % {"most": MOST})
        if until is not None and until <= split:
            raise CommandError(_("--until has to be later than --split."))
        algorithms = [options["algorithm"]] if options["algorithm"] else CANDIDATES
        found = evaluate(split, until, k=k, algorithms=algorithms)
        if options["json"]:
            self.stdout.write(json.dumps(as_json(found), cls=DjangoJSONEncoder))
            return
        text = _("%(customers)d customers and %(skus)d SKUs, %(users)d bought later (%(new)d new).")
        sizes = {"customers": found.customers, "skus": found.skus, "users": found.users}
        self.stdout.write(text % {**sizes, "new": found.new_users})
        titles = _("repeats"), _("hit"), _("new"), _("hit")
        self.stdout.write(f"{'':<24}" + "".join(f"{title:>10}" for title in titles))
        for one in found.results:
            self.stdout.write(f"{one.algorithm:<24}{_said(one.repeats)}{_said(one.new)}")


def moment(text: str) -> datetime:
    """Return the instant that `text` is: a day's midnight in UTC, or ISO 8601 with an offset."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return clock(text)
    return clock(datetime.combine(day, time(), UTC).isoformat())


def _said(figures: Figures) -> str:
    each = figures.ndcg, figures.hit
    return "".join(f"{'-' if one is None else f'{one:.4f}':>10}" for one in each)
