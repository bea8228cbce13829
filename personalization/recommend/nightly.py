"""The fit of the night: everything is fitted anew, and the algorithms are measured on what came.

They are measured on the last 28 days, fitted on what was before. The best of those is promoted that
are better than popularity and than the algorithm in use: by the NDCG of repeats, and no worse by
that of what is new. Where the one in use is the best, its newest version is; where none is better
than popularity, what is in use stays.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Max

from core.clock import now
from personalization.models import (
    RecommendationFit,
    RecommendationGate,
    RecommendationVersion,
)
from personalization.recommend.algorithms import ALGORITHMS
from personalization.recommend.evaluation.measurement import (
    CANDIDATES,
    Evaluation,
    Result,
    measure,
)
from personalization.recommend.evaluation.parameter_choice import (
    WINDOW,
    choose_parameters,
    prepared,
)
from personalization.recommend.evaluation.report import figures_as_json
from personalization.recommend.evaluation.trial import NEW, REPEATS
from personalization.recommend.fit import digest_of, fitted_content
from personalization.recommend.history import history, lines_before
from personalization.recommend.promotion import locked_use, put_to_use

# So many fits keep their files: one that answers, and one that still did when it was asked for.
KEPT = 2


class Merits(NamedTuple):
    """The NDCG of what is bought again, and of what is new; 0 where nobody bought anything new."""

    repeats: float
    new: float


def fit_recommendations(as_of: datetime | None = None) -> RecommendationFit:
    """Fit everything of the history before `as_of` (aware; None: now), store and return it.

    Nobody who refuses personalization is in it. Promotes what is better, as the module says.
    """
    until = as_of or now()
    # What is measured on the last 28 days has its parameters from the 28 days before those.
    last, before = (prepared(at, with_refusing=False) for at in (until, until - WINDOW))
    measured = measure(last, choose_parameters(before), until)
    known = history(lines_before(until), until)
    content = fitted_content(known, until, choose_parameters(last))
    with transaction.atomic():
        use = locked_use()
        fit = RecommendationFit.objects.create(
            as_of=until,
            created_at=now(),
            customers=len(known.customers),
            skus=len(known.skus),
            content=content,
            sha256=digest_of(content),
            popular=_figures(measured, set(CANDIDATES) - set(ALGORITHMS)),
        )
        in_use = use.version.algorithm if use.version else None
        versions = _versions(fit, measured, in_use)
        use.fit = fit
        use.save(update_fields=["fit"])
        best = _best(versions, measured)
        if best is not None:
            put_to_use(use, best, by=None)
        _forget_old_files()
    return fit


def _versions(
    fit: RecommendationFit, measured: Evaluation, in_use: str | None
) -> Sequence[RecommendationVersion]:
    last = RecommendationVersion.objects.aggregate(last=Max("number"))["last"] or 0
    results = {one.algorithm: one for one in measured.results}
    baselines = [one for name, one in results.items() if name not in ALGORITHMS]
    others = [*baselines, *([results[in_use]] if in_use in results else [])]
    return RecommendationVersion.objects.bulk_create(
        RecommendationVersion(
            number=number,
            fit=fit,
            algorithm=name,
            figures=figures_as_json(results[name]),
            gate=_gate(results[name], baselines if name == in_use else others),
        )
        for number, name in enumerate(ALGORITHMS, last + 1)
    )


def _gate(result: Result, others: Sequence[Result]) -> RecommendationGate:
    mine = _merits(result)
    if mine is None:
        return RecommendationGate.NOT_EVALUATED
    is_better = all(_is_better(mine, _merits(other)) for other in others)
    return RecommendationGate.PASSED if is_better else RecommendationGate.FAILED


def _is_better(mine: Merits, theirs: Merits | None) -> bool:
    if theirs is None:
        return True
    return mine.repeats > theirs.repeats and mine.new >= theirs.new


def _merits(result: Result) -> Merits | None:
    """Return both NDCGs; None where nobody has bought anything to measure by."""
    repeats = result.ndcg(REPEATS)
    return None if repeats is None else Merits(repeats, result.ndcg(NEW) or 0.0)


def _best(
    versions: Sequence[RecommendationVersion], measured: Evaluation
) -> RecommendationVersion | None:
    """Return the best one whose gate has passed, of another algorithm or of the one in use."""
    results = {one.algorithm: one for one in measured.results}
    passed = [one for one in versions if one.gate == RecommendationGate.PASSED]
    return max(passed, key=lambda one: sum(_merits(results[one.algorithm]) or ()), default=None)


def _figures(measured: Evaluation, names: set[str]) -> Mapping[str, Any]:
    return {
        one.algorithm: figures_as_json(one) for one in measured.results if one.algorithm in names
    }


def _forget_old_files() -> None:
    newest = RecommendationFit.objects.order_by("-pk").values_list("pk", flat=True)[:KEPT]
    old = RecommendationFit.objects.exclude(content=None).exclude(pk__in=list(newest))
    old.update(content=None)
