"""Measures algorithms and counters on one trial, each against the counters of its list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from personalization.gate import Interval, paired
from personalization.recommend.algorithms import ALGORITHMS, SERVING, Parameters
from personalization.recommend.algorithms.personal_frequency import PERSONAL_FREQUENCY
from personalization.recommend.algorithms.popular_lately import POPULAR_LATELY
from personalization.recommend.evaluation.parameter_choice import (
    K,
    Prepared,
    choose_parameters,
    prepare_trial,
)
from personalization.recommend.evaluation.trial import (
    MODES,
    NEW,
    REPEATS,
    Gains,
    Scores,
    Trial,
)

POPULAR = "popular"
COUNTERS = (POPULAR, POPULAR_LATELY.name)
CANDIDATES = (*COUNTERS, *ALGORITHMS)
# The baselines that a list has to beat, by mode.
BASELINES: Mapping[str, Sequence[str]] = {
    REPEATS: (PERSONAL_FREQUENCY.name, *COUNTERS),
    NEW: COUNTERS,
}


@dataclass(frozen=True)
class Against:
    """A paired difference of NDCG: the algorithm minus a baseline."""

    baseline: str
    mode: str
    interval: Interval


@dataclass(frozen=True, eq=False)
class Result:
    """The result of an algorithm: the gain of each user, and its differences to the baselines."""

    algorithm: str
    gains: Gains
    against: Sequence[Against]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The results of algorithms on a trial, with the parameters used."""

    trial: Trial
    until: datetime | None
    k: int
    chosen: Parameters
    results: Sequence[Result]


def evaluate(
    split: datetime,
    until: datetime | None = None,
    *,
    k: int = K,
    algorithms: Sequence[str] = CANDIDATES,
    with_refusing: bool = True,
    before: Prepared | None = None,
) -> Evaluation:
    """Evaluate `algorithms` (of `CANDIDATES`), fitted before `split`, from `split` until `until`.

    Both are aware; None: everything later. Consent counts only without `with_refusing`. `before` is
    the prepared trial of the 28 days before `split`, if the caller already has the trial; e and
    beta are chosen by that trial.
    """
    trial = Trial(split, until, with_refusing=with_refusing)
    before = before or prepare_trial(split, with_refusing=with_refusing)
    return measure(Prepared(trial, {}), choose_parameters(before), until, k, algorithms)


def measure(
    on: Prepared,
    chosen: Parameters,
    until: datetime | None,
    k: int = K,
    algorithms: Sequence[str] = CANDIDATES,
) -> Evaluation:
    """Evaluate `algorithms` on a prepared trial with the `chosen` parameters."""
    trial = on.trial
    needed = dict.fromkeys([*algorithms, *BASELINES[REPEATS]])
    gains = {name: trial.gains(_scores(name, on, chosen), k) for name in needed}
    results = [
        Result(name, gains[name], _compare_with_baselines(name, gains)) for name in algorithms
    ]
    return Evaluation(trial, until, k, chosen, results)


def add_result(measured: Evaluation, name: str, gains: Gains) -> Evaluation:
    """Return the evaluation with one more candidate, by what it gained the same users."""
    known = {one.algorithm: one.gains for one in measured.results} | {name: gains}
    return replace(
        measured,
        results=[*measured.results, Result(name, gains, _compare_with_baselines(name, known))],
    )


def _compare_with_baselines(name: str, gains: Mapping[str, Gains]) -> list[Against]:
    return [
        Against(baseline, mode, paired(gains[name].ndcg[mode], gains[baseline].ndcg[mode]))
        for mode in MODES
        for baseline in BASELINES[mode]
        if baseline != name
    ]


def _scores(name: str, on: Prepared, chosen: Parameters) -> Scores:
    if name == POPULAR:
        each = on.trial.known.buyers
        return lambda purchases: np.tile(each, (purchases.counts.shape[0], 1))
    algorithm, fitted = SERVING[name], on.fitted_for(name)
    return lambda purchases: algorithm.scores(fitted, purchases, chosen)
