"""Train and score anomalies with an isolation forest (Liu, Ting, Zhou 2008).

The forest isolates customers by random splits; a customer isolated after few splits is unlike the
others. The score is scikit-learn's `score_samples` with the sign changed, above 0 and at most 1.
The 5 % of all buyers with the highest scores are flagged; of equal scores, those with the smaller
internal keys.
"""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from sklearn.ensemble import IsolationForest
from threadpoolctl import threadpool_limits

from core.text.sentences import Sentence
from predictions.features.shop import NOBODY
from predictions.features.subjects import Subjects
from predictions.history.batches import Batch
from predictions.history.columns import Column, Floats, Mask, Whole, float_units
from predictions.history.values import Value
from predictions.kinds.anomaly.declaration import ANOMALY
from predictions.kinds.artifacts import load_artifact
from predictions.kinds.fitting.matrix import Matrix, Standard, flatten_values
from predictions.kinds.fitting.sampled_rows import Rows, rows_of
from predictions.kinds.kind import STORED_PLACES, Columns, Limits, Ranking, Ranks, Stored
from predictions.kinds.reasons import Reason, value_text
from predictions.kinds.trained import Input, Metric, Steps, Trained, Wanted, inputs_of
from predictions.models import ModelVersion, TrainingStep
from predictions.refusals import Refused

# The fewest buyers for an evaluation.
FEWEST = 100
# The percentage of all buyers that is flagged.
FLAGGED = 5
SEEDS = 2**32
# How many reasons a score has: the features that are farthest from the mean.
REASONS = 3
FREQUENCY = [one.name for one in ANOMALY.inputs].index("frequency")


@dataclass(frozen=True)
class Forest:
    """A fitted model: the scaling of features, and scikit-learn's forest."""

    standard: Standard
    forest: Any

    @classmethod
    def fit(cls, rows: Matrix, seed: int) -> "Forest":
        """Fit on (rows, features), with at least one row."""
        flat = _flat(rows)
        standard = Standard.fit(flat)
        with threadpool_limits(limits=1):
            forest = IsolationForest(random_state=seed).fit(standard.scaled(flat))
        return cls(standard, forest)

    def scores(self, rows: Matrix) -> Matrix:
        """Return the score of each row."""
        if not len(rows):
            return np.zeros(0)
        with threadpool_limits(limits=1):
            return np.asarray(-self.forest.score_samples(self.scaled(rows)))

    def scaled(self, rows: Matrix) -> Matrix:
        """Return the distance of each value from the training mean, in standard deviations."""
        return self.standard.scaled(_flat(rows))

    def as_plain(self) -> dict[str, Any]:
        """Return the forest in the form that an artifact stores."""
        return {"standard": self.standard.as_plain(), "forest": self.forest}


def _flat(rows: Matrix) -> Matrix:
    return flatten_values(np.maximum(rows, 0))


def flagged_of(count: int) -> int:
    """Return how many of `count` buyers are flagged."""
    return -(-FLAGGED * count // 100)


class AnomalyScorer:
    """The scorer of a version: how unlike all other buyers a customer is."""

    intercept: float | None = None

    inputs = ANOMALY.inputs

    def __init__(self, forest: Forest) -> None:
        self._forest = forest

    def ranking(self) -> Ranking | None:
        """Return the ranking that finds the lowest flagged score."""
        return _Ranking(self)

    def columns(self, them: Subjects, limits: Limits) -> Columns:
        """Return score and flag of each customer; None for a customer who is no buyer."""
        return self._columns(inputs_of(ANOMALY, them), limits.ranks, them.batch.keys)

    def of_features(
        self, inputs: Sequence[Column], todays: Whole, limits: Limits | None
    ) -> Columns:
        """Return the score of each row of features, and whether the score is flagged.

        Rows have no keys: every score that is at least the lowest flagged score is flagged.
        """
        return self._columns(inputs, None if limits is None else limits.ranks, None)

    def scored(self, inputs: Sequence[Column]) -> tuple[Floats, Mask]:
        """Return the exact scores of the buyers among customers, and the mask of these buyers."""
        rows, buyers = _matrix(inputs)
        return self._forest.scores(rows), buyers

    def _columns(
        self, inputs: Sequence[Column], ranks: Ranks | None, keys: Whole | None
    ) -> Columns:
        scores, buyers = self.scored(inputs)
        found = iter(float_units(scores, STORED_PLACES))
        flags = iter(_flags(scores, ranks, None if keys is None else keys[buyers]))
        units: list[Stored] = [next(found) if one else None for one in buyers.tolist()]
        flagged: list[Stored] = [next(flags) if one else None for one in buyers.tolist()]
        return {"anomaly_score": units, "is_anomaly": flagged}

    def reasons(self, inputs: Sequence[Column], todays: Whole) -> list[list[Reason]]:
        """Return the three features farthest from the training mean; none for a non-buyer.

        The effect is the signed distance in standard deviations of the training's logarithms.
        """
        rows, buyers = _matrix(inputs)
        values = list(zip(*(column.values() for column in inputs), strict=True))
        own = [values[place] for place in np.flatnonzero(buyers).tolist()]
        found = _explain_rows(own, self._forest.scaled(rows).tolist()) if len(rows) else iter(())
        return [next(found) if one else [] for one in buyers.tolist()]


def scorer_of(version: ModelVersion) -> AnomalyScorer:
    """Return the scorer of `version`. Raises `Refused` where its artifact cannot be read."""
    found = load_artifact(version)
    return AnomalyScorer(Forest(Standard(**found["standard"]), found["forest"]))


def _matrix(inputs: Sequence[Column]) -> tuple[Matrix, Mask]:
    """Return the features of buyers as (rows, features), and the mask of buyers."""
    floats = np.column_stack([column.floats() for column in inputs])
    buyers = ~np.isnan(floats).any(axis=1) & (np.nan_to_num(floats[:, FREQUENCY]) != 0)
    return floats[buyers], buyers


def _bits(scores: Floats) -> Whole:
    """Return the bits of positive scores as whole numbers, which have the same order."""
    return np.ascontiguousarray(scores, dtype=np.float64).view(np.int64)


def _flags(scores: Floats, ranks: Ranks | None, keys: Whole | None) -> list[bool | None]:
    if ranks is None:
        return [None] * len(scores)
    least, last = ranks
    if least is None or last is None:  # There were no buyers at the last full scoring.
        return [False] * len(scores)
    bits = _bits(scores)
    among_equals = np.full(len(bits), True) if keys is None else keys <= last
    found: list[bool | None] = ((bits > least) | ((bits == least) & among_equals)).tolist()
    return found


class _Ranking:
    """Collects the scores and keys of all buyers."""

    def __init__(self, scorer: AnomalyScorer) -> None:
        self.scorer = scorer
        self.scores, self.keys = array("q"), array("q")

    def add(self, batch: Batch) -> None:
        """Add the buyers of a batch."""
        found, buyers = self.scorer.scored(inputs_of(ANOMALY, Subjects(batch, NOBODY)))
        self.scores.extend(_bits(found).tolist())
        self.keys.extend(batch.keys[buyers].tolist())

    def as_json(self) -> list[int]:
        """Return all scores that were added, then as many keys."""
        return [*self.scores, *self.keys]

    def join(self, others: Sequence[int]) -> None:
        """Add the result of `as_json` of another ranking."""
        half = len(others) // 2
        self.scores.extend(others[:half])
        self.keys.extend(others[half:])

    def ranks(self) -> Ranks:
        """Return score and key of the last flagged buyer; (None, None) without buyers."""
        if not self.scores:
            return None, None
        scores, keys = (np.array(one, dtype=np.int64) for one in (self.scores, self.keys))
        order = np.lexsort((keys, -scores))
        last = order[flagged_of(len(scores)) - 1]
        return int(scores[last]), int(keys[last])


def _explain_rows(
    rows: Sequence[Sequence[Value]], distances: Sequence[Sequence[float]]
) -> Iterator[list[Reason]]:
    sentence = lazy(_sentence, str)
    for row, found in zip(rows, distances, strict=True):
        reasons = [
            Reason(one.name, value, distance, sentence(one, value, distance))
            for one, value, distance in zip(ANOMALY.inputs, row, found, strict=True)
        ]
        yield sorted(reasons, key=lambda one: (-abs(one.effect), one.feature))[:REASONS]


def _sentence(one: Input, value: Value, distance: float) -> str:
    what = {"meaning": one.meaning, "value": value_text(value, is_money=one.is_money)}
    if distance > 0:
        return _("%(meaning)s: %(value)s (more than usual)") % what
    if distance < 0:
        return _("%(meaning)s: %(value)s (less than usual)") % what
    return _("%(meaning)s: %(value)s (as usual)") % what


def evaluate_anomaly(wanted: Wanted, step: Steps) -> list[Metric] | None:
    """Return the agreement of two forests with different seeds; None below 100 buyers."""
    return _measure_agreement(_rows(wanted, step), wanted.parameters["seed"], step)


def train_anomaly(wanted: Wanted, step: Steps) -> Trained:
    """Evaluate and fit. Raises `Refused` (`too_few_buyers`) where nobody has bought."""
    rows = _rows(wanted, step)
    if not rows.numbers:
        raise Refused("too_few_buyers", Sentence(gettext_noop("Nobody has bought anything."), {}))
    seed = wanted.parameters["seed"]
    metrics = _measure_agreement(rows, seed, step)
    step(TrainingStep.FIT, 0, None)
    return Trained(
        fitted={"buyers": rows.whole},
        metrics=metrics,
        data_hash=rows.data_hash(),
        artifact=Forest.fit(rows.values, seed).as_plain(),
    )


def _rows(wanted: Wanted, step: Steps) -> Rows:
    return rows_of(wanted, ANOMALY.inputs, partial(step, TrainingStep.FEATURES))


def _measure_agreement(rows: Rows, seed: int, step: Steps) -> list[Metric] | None:
    if rows.whole < FEWEST:
        return None
    step(TrainingStep.EVALUATE, 0, None)
    one, other = (
        _flagged_positions(Forest.fit(rows.values, number).scores(rows.values))
        for number in (seed, (seed + 1) % SEEDS)
    )
    return [Metric("agreement", len(one & other) / len(one | other))]


def _flagged_positions(scores: Matrix) -> set[int]:
    """Return the positions of flagged scores; of equal scores, the earlier positions."""
    order = np.lexsort((np.arange(len(scores)), -scores))
    return set(order[: flagged_of(len(scores))].tolist())
