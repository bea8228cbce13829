"""The fit of the night: everything is fitted, and each list's algorithms are measured.

They are measured on the last 28 days, fitted on what was before, with parameters that the 28 days
before those choose. The gate (`personalization.gate`) decides which algorithm serves each list of
each website with enough users, and of the whole installation.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from core.clock import now
from customers.purchases import lines_before
from personalization.models import RecommendationFit
from personalization.recommend.evaluation.measurement import COUNTERS, Evaluation, measure
from personalization.recommend.evaluation.parameter_choice import (
    WINDOW,
    choose_parameters,
    prepare_trial,
)
from personalization.recommend.evaluation.report import figures_as_json
from personalization.recommend.history.purchases import history
from personalization.recommend.nightly.list_gate import pass_gates
from personalization.recommend.nightly.promotion import locked_use
from personalization.recommend.sources.fit import digest_of, fitted_content

# The number of fits that keep their files: the newest, and the one that late requests still use.
KEPT = 2


def fit_recommendations(as_of: datetime | None = None) -> RecommendationFit:
    """Fit everything of the history before `as_of` (aware; None: now), store and return it.

    Customers who refuse personalization are in none of it. Lets each list be served by what passes
    its gate, as the module says.
    """
    until = as_of or now()
    last, before = (prepare_trial(at, with_refusing=False) for at in (until, until - WINDOW))
    measured = measure(last, choose_parameters(before), until)
    known = history(lines_before(until), until)
    content = fitted_content(known, until, choose_parameters(last), last.trial.repeat_share)
    with transaction.atomic():
        use = locked_use()
        fit = RecommendationFit.objects.create(
            as_of=until,
            created_at=now(),
            customers=len(known.customers),
            skus=len(known.skus),
            content=content,
            sha256=digest_of(content),
            popular=_figures_of_counters(measured),
        )
        use.fit = fit
        use.save(update_fields=["fit"])
        pass_gates(fit, measured)
        _forget_old_files()
    return fit


def _figures_of_counters(measured: Evaluation) -> Mapping[str, Any]:
    return {
        one.algorithm: figures_as_json(one) for one in measured.results if one.algorithm in COUNTERS
    }


def _forget_old_files() -> None:
    newest = RecommendationFit.objects.order_by("-pk").values_list("pk", flat=True)[:KEPT]
    old = RecommendationFit.objects.exclude(content=None).exclude(pk__in=list(newest))
    old.update(content=None)
