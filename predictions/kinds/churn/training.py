"""Train and evaluate churn.

Churned(c, W): a customer who had bought by c and did not buy in (c, c + W x 24 hours]. As of A the
outcome of current buyers is still unknown. The newest known outcomes are those of the buyers as of
A - W: whether they bought in (A - W, A]. A version is fitted on these, which use all data up to A.

The evaluation is one window earlier: a model is fitted on the buyers as of A - 2W with their
outcomes in (A - 2W, A - W], predicts for the buyers as of A - W, and is compared with their
outcomes in (A - W, A].
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from django.utils.translation import gettext_noop

from core.text.sentences import Sentence
from predictions.deep.availability import check_installed, is_installed
from predictions.deep.fitting import DIVERGED
from predictions.history.columns import Whole
from predictions.history.events import events_of
from predictions.history.values import PLACES
from predictions.kinds.churn.declaration import AUTO, FEWEST_BUYERS, GRU
from predictions.kinds.churn.deep_candidate import DeepCandidate
from predictions.kinds.churn.risks import FOLDS, LOGISTIC, fit_candidates, fittable
from predictions.kinds.fitting.matrix import Matrix, Outcomes
from predictions.kinds.fitting.measures import auc, brier, ece
from predictions.kinds.fitting.rows import buyers, hash_rows
from predictions.kinds.fitting.sample import Sample
from predictions.kinds.trained import Input, Metric, Steps, Trained, Wanted
from predictions.models import TrainingStep
from predictions.refusals import Refused
from segments.models import Segment

# The largest number of buyers that a model is fitted on.
MOST = 100_000
MEASURES: Mapping[str, Callable[[Outcomes, Matrix], float | None]] = {
    "auc": auc,
    "brier": brier,
    "ece": ece,
}


class _Row(NamedTuple):
    """A buyer as of a cut; `recency`, in days, is a separate value for the baseline.

    `events` is None where no network is fitted.
    """

    values: Matrix
    recency: float
    churned: bool
    events: Whole | None


@dataclass(frozen=True)
class _Cut:
    """The buyers as of a moment, in the order of their numbers, and whether each has churned.

    `values`: (rows, features); `recency`: (rows, 1). `buyers` is the number of all buyers, which is
    larger than the number of rows where the rows are a sample.
    """

    buyers: int
    numbers: Sequence[str]
    values: Matrix
    recency: Matrix
    churned: Outcomes
    events: Sequence[Whole] = ()

    @property
    def fewest(self) -> int:
        """The number of rows with the rarer outcome."""
        return min(int(self.churned.sum()), int((~self.churned).sum()))

    def data_hash(self) -> str:
        """Return the sha256 of the rows."""
        rows = zip(self.numbers, self.values.tolist(), self.churned.tolist(), strict=True)
        return hash_rows(
            (number, [*map(repr, row), repr(churned)]) for number, row, churned in rows
        )


@dataclass(frozen=True)
class _Measured:
    """The result of an evaluation: the window W, and the candidate to fit, None if none can be.

    `briers` are the Brier scores of the evaluated candidates; empty, with `metrics` None, where
    there was too little history. `deep` fits the networks; None where none are wanted. `otherwise`
    is the result without a network, for a network that diverges; None where one was requested.
    """

    window_days: int
    newest: _Cut
    algorithm: str | None
    briers: Mapping[str, float] = field(default_factory=dict)
    metrics: Sequence[Metric] | None = None
    deep: DeepCandidate | None = None
    otherwise: "_Measured | None" = None


def evaluate_churn(wanted: Wanted, step: Steps, inputs: Sequence[Input]) -> Sequence[Metric] | None:
    """Return the metrics as of `wanted.as_of`; None with too little history."""
    return _measure_candidates(wanted, step, inputs).metrics


def train_churn(wanted: Wanted, step: Steps, inputs: Sequence[Input]) -> Trained:
    """Evaluate and fit as of `wanted.as_of`.

    Raises `Refused`: `too_few_buyers` where nobody had bought one window before, and
    `too_few_outcomes` where the algorithm requested needs more rows of both outcomes. For `gru`
    also `not_installed`, `no_gpu` and `diverged`.
    """
    found = _measure_candidates(wanted, step, inputs)
    newest = found.newest
    if not newest.numbers:
        text = gettext_noop("Nobody had bought anything yet %(days)s days before.")
        raise Refused("too_few_buyers", Sentence(text, {"days": found.window_days}))
    if found.algorithm is None:
        text = gettext_noop(
            "At least %(fewest)s who came back are needed, and as many who did not come back."
        )
        raise Refused("too_few_outcomes", Sentence(text, {"fewest": FOLDS}))
    step(TrainingStep.FIT, 0, None)
    try:
        artifact, more, warnings = _refit(found, wanted.parameters["seed"], step)
    except Refused as refusal:
        if found.otherwise is None or refusal.code != DIVERGED:
            raise
        found = found.otherwise
        artifact, more, warnings = _refit(found, wanted.parameters["seed"], step)
    if newest.fewest == 0:
        warnings.append("one_outcome_only")
    return Trained(
        fitted={
            "window_days": found.window_days,
            "algorithm": found.algorithm,
            "briers": found.briers,
            **more,
        },
        metrics=found.metrics,
        data_hash=newest.data_hash(),
        warnings=warnings,
        artifact=artifact,
    )


def _refit(found: _Measured, seed: int, step: Steps) -> tuple[Any, dict[str, Any], list[str]]:
    """Fit on the newest cut; return the artifact, additional fitted values and the warnings."""
    newest, algorithm, deep = found.newest, found.algorithm, found.deep
    assert algorithm is not None
    if algorithm == GRU:
        assert deep is not None
        networks = deep.fit(
            *(newest.events, newest.churned, newest.numbers),
            report=partial(step, TrainingStep.FIT),
        )
        return networks, {"deep": deep.as_json()}, deep.warnings
    risks = fit_candidates([algorithm], newest.values, newest.churned, seed)
    more = {} if deep is None or deep.against is None else {"deep": deep.as_json()}
    return risks.as_plain(), more, [] if deep is None else deep.warnings


def _measure_candidates(wanted: Wanted, step: Steps, inputs: Sequence[Input]) -> _Measured:
    step(TrainingStep.FEATURES, 0, None)
    as_of = wanted.as_of.astimezone(UTC)  # In UTC, all days have 24 hours.
    asked, seed = wanted.parameters["algorithm"], wanted.parameters["seed"]
    days = wanted.parameters["window_days"] or buyers(as_of, wanted.segment)[0].window_days
    if asked == GRU:
        check_installed()
    deep = DeepCandidate(seed) if asked == GRU or (asked == AUTO and is_installed()) else None
    cut_at = partial(_cut_at, days=days, segment=wanted.segment, inputs=inputs, step=step)
    earliest, newest = (
        cut_at(as_of - timedelta(days=ago * days), with_events=deep is not None) for ago in (2, 1)
    )
    # A network is compared with the best of all other candidates.
    candidates = [name for name in fittable(newest.churned) if asked in (AUTO, GRU, name)]
    measurable = [name for name in candidates if name in fittable(earliest.churned)]
    plainest = candidates[0] if candidates else None
    if asked == GRU:
        plainest = GRU if newest.fewest >= FOLDS else None
    if earliest.buyers < FEWEST_BUYERS or not measurable or plainest is None:
        return _Measured(days, newest, plainest, deep=deep)
    step(TrainingStep.EVALUATE, 0, None)
    models = fit_candidates(measurable, earliest.values, earliest.churned, seed)
    risks = {name: models.candidate(name).predict(newest.values) for name in measurable}
    briers = {name: round(brier(newest.churned, risks[name]), PLACES) for name in measurable}
    best = min(measurable, key=briers.__getitem__)  # Of equal scores, the simplest candidate.
    if deep is None or min(earliest.fewest, newest.fewest) < FOLDS:
        if asked == GRU:
            return _Measured(days, newest, plainest, deep=deep)
        metrics = _metrics(earliest, newest, risks[best], seed)
        return _Measured(days, newest, best, briers, metrics, deep)
    others = None
    if asked != GRU:
        metrics = _metrics(earliest, newest, risks[best], seed)
        others = _Measured(days, newest, best, dict(briers), metrics, deep)
    try:
        theirs = deep.measure(
            *(earliest.events, earliest.churned, earliest.numbers, newest.events),
            report=partial(step, TrainingStep.EVALUATE),
        )
    except Refused as refusal:
        if others is None or refusal.code != DIVERGED:
            raise
        return others
    briers[GRU] = round(brier(newest.churned, theirs), PLACES)
    deep.compare(newest.churned, theirs, risks[best], best)
    if others is not None and not deep.is_better:
        return replace(others, briers=briers)
    metrics = [*_metrics(earliest, newest, theirs, seed), *deep.metrics(briers[GRU], briers[best])]
    otherwise = replace(others, briers=briers) if others is not None else None
    return _Measured(days, newest, GRU, briers, metrics, deep, otherwise)


def _cut_at(
    cut: datetime,
    *,
    days: int,
    segment: Segment | None,
    inputs: Sequence[Input],
    step: Steps,
    with_events: bool,
) -> _Cut:
    shop, everybody = buyers(cut, segment)
    sample, done = Sample[_Row](MOST), 0
    for them in everybody:
        step(TrainingStep.FEATURES, done, shop.buyers)
        done += int(them.buyers.sum())
        rows = np.column_stack([feature.of(them).floats() for feature in inputs])
        churned = ~them.batch.sales_until(cut + timedelta(days=days)).buyers
        events = events_of(them.batch) if with_events else None
        for place in np.flatnonzero(them.buyers).tolist():
            number = them.batch.numbers[place]
            if sample.wants(number):
                recency = float(them.recency[place])
                own = None if events is None else events.sequence_at(place)
                sample.add(number, _Row(rows[place].copy(), recency, bool(churned[place]), own))
    found = sample.rows()
    return _Cut(
        shop.buyers,
        [number for number, _row in found],
        np.array([row.values for _number, row in found]).reshape(len(found), len(inputs)),
        np.array([row.recency for _number, row in found]).reshape(len(found), 1),
        np.array([row.churned for _number, row in found], dtype=np.bool_),
        [row.events for _number, row in found if row.events is not None],
    )


def _metrics(earliest: _Cut, newest: _Cut, risks: Matrix, seed: int) -> list[Metric]:
    by_recency = fit_candidates([LOGISTIC], earliest.recency, earliest.churned, seed)
    baselines = {
        "base_rate": np.full(len(newest.numbers), earliest.churned.mean()),
        "recency_only": by_recency.predict(newest.recency),
    }
    happened, found = newest.churned, list[Metric]()
    for name, measure in MEASURES.items():
        value = measure(happened, risks)
        found += (
            Metric(name, value, baseline, measure(happened, theirs))
            for baseline, theirs in baselines.items()
        )
    # The share of churned customers, with the mean risk that each baseline predicts.
    found += (
        Metric("base_rate", float(happened.mean()), baseline, float(theirs.mean()))
        for baseline, theirs in baselines.items()
    )
    return found
