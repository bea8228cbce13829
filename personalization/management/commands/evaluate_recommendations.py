"""`manage.py evaluate_recommendations`: measures the algorithms on what was bought later."""

import json
from datetime import UTC, date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext as _

from core.commands import clock
from personalization.recommend.evaluation import CANDIDATES, K, evaluate
from personalization.recommend.evaluation.measurement import Result
from personalization.recommend.evaluation.report import evaluation_as_json, figures_as_json
from personalization.recommend.evaluation.trial import MODES

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
        """Evaluate the algorithms and print a table, or one line of JSON.

        Raises CommandError for a `--k` out of range, or an `--until` not later than `--split`.
        """
        # `call_command` hands keyword arguments over as they are, not parsed.
        split, until = (
            moment(one) if isinstance(one, str) else one
            for one in (options["split"], options["until"])
        )
        k = options["k"]
        if not 1 <= k <= MOST:
            raise CommandError(_("--k: from 1 to %(most)d.") % {"most": MOST})
        if until is not None and until <= split:
            raise CommandError(_("--until has to be later than --split."))
        algorithms = [options["algorithm"]] if options["algorithm"] else CANDIDATES
        found = evaluate(split, until, k=k, algorithms=algorithms)
        report = evaluation_as_json(found)
        if options["json"]:
            self.stdout.write(json.dumps(report, cls=DjangoJSONEncoder))
            return
        text = _(
            "%(customers)d customers and %(skus)d SKUs, %(users)d bought later (%(new_users)d new)."
        )
        self.stdout.write(text % report)
        self.stdout.write(_("Chosen: e = %(e)g, beta = %(beta)g.") % report["chosen"])
        titles = _("repeats"), _("hit"), _("new"), _("hit")
        self.stdout.write(f"{'':<24}" + "".join(f"{title:>10}" for title in titles))
        for one in found.results:
            self.stdout.write(f"{one.algorithm:<24}{_columns(one)}")


def moment(text: str) -> datetime:
    """Return the instant that `text` is: a day's midnight in UTC, or ISO 8601 with an offset."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return clock(text)
    return clock(datetime.combine(day, time(), UTC).isoformat())


def _columns(result: Result) -> str:
    figures = figures_as_json(result)
    each = [figures[mode][figure] for mode in MODES for figure in ("ndcg", "hit")]
    return "".join(f"{'-' if one is None else f'{one:.4f}':>10}" for one in each)
