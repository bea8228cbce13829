"""Two logistic regressions, one of the contacted and one of the others; uplift is the difference.

Arrays only, no database. One thread fits, whatever the machine has, so that sums have one order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from predictions.history.values import PLACES
from predictions.kinds.fitting.linear import probability, weighted_sums
from predictions.kinds.fitting.matrix import Matrix, Outcomes, Scaling, Standard
from predictions.kinds.trained import Metric
from predictions.uplift import qini, qini_interval

# The inverse of the strength of the regularisation; steps of a fit.
C, STEPS = 0.1, 1_000
# The part of the customers with the largest scores whose uplift is compared with that of all.
FIRST = 0.3


class Scale(Protocol):
    """Brings features to one scale: `Standard`, or `Scaling` where some are missing or skewed."""

    def scaled(self, rows: Matrix) -> Matrix:
        """Return the rows with mean 0 and deviation 1 in the training."""


@dataclass(frozen=True)
class TwoModels:
    """Fitted: `weights` (inputs, 2) and `biases` (2,), the contacted first."""

    scale: Scale
    weights: Matrix
    biases: Matrix

    def uplift(self, rows: Matrix) -> Matrix:
        """Return for each of (rows, features) the difference of the two probabilities."""
        logits = weighted_sums(self.scale.scaled(rows), self.weights, self.biases).tolist()
        pairs = ((probability(one), probability(other)) for one, other in logits)
        return np.array([contacted - left for contacted, left in pairs])

    def effects(self, rows: Matrix, usual: Matrix) -> Matrix:
        """Return by how much each feature raises the uplift, as (rows, features).

        An effect is the uplift less the uplift with this feature alone as `usual` (features,).
        """
        if not len(rows):
            return np.empty(rows.shape)
        others = np.repeat(rows[None], len(usual), axis=0)
        for place, value in enumerate(usual):
            others[place, :, place] = value
        without = self.uplift(others.reshape(-1, len(usual))).reshape(len(usual), -1)
        return (self.uplift(rows) - without).T

    def as_plain(self) -> dict[str, Any]:
        """Return the models as an artifact stores them; the scale: a `Scaling` or a `Standard`."""
        assert isinstance(self.scale, Scaling | Standard)
        return {
            "scaling": self.scale.as_plain(),
            "weights": self.weights,
            "biases": self.biases,
        }

    @classmethod
    def of_plain(cls, plain: Mapping[str, Any]) -> "TwoModels":
        """Return the models from the result of `as_plain`; their scale must be a `Scaling`."""
        return cls(Scaling.of_plain(plain["scaling"]), plain["weights"], plain["biases"])


def fit_two(scale: Scale, rows: Matrix, treated: Outcomes, outcome: Outcomes) -> TwoModels:
    """Fit on (rows, features); each group needs both outcomes (`has_both_outcomes`)."""
    inputs = scale.scaled(rows)
    with threadpool_limits(limits=1):
        fits = [
            LogisticRegression(C=C, max_iter=STEPS).fit(inputs[group], outcome[group])
            for group in (treated, ~treated)
        ]
    weights = np.column_stack([fit.coef_[0] for fit in fits])
    return TwoModels(scale, weights, np.array([fit.intercept_[0] for fit in fits]))


def has_both_outcomes(treated: Outcomes, outcome: Outcomes) -> bool:
    """Return whether somebody had the outcome and somebody had not, in both groups."""
    return all(outcome[group].any() and not outcome[group].all() for group in (treated, ~treated))


def cross_fitted(
    rows: Matrix, treated: Outcomes, outcome: Outcomes, is_first: Outcomes
) -> Matrix | None:
    """Return the uplift of each row by what was fitted on the other half; None: no fit.

    `is_first` says which rows are of the first half.
    """
    scores = np.empty(len(rows))
    for judged in (is_first, ~is_first):
        fits = ~judged
        if not has_both_outcomes(treated[fits], outcome[fits]):
            return None
        models = fit_two(Scaling.fit(rows[fits]), rows[fits], treated[fits], outcome[fits])
        scores[judged] = models.uplift(rows[judged])
    return scores


def metrics_of(
    scores: Matrix, treated: Outcomes, outcome: Outcomes, ids: Sequence[str] | Matrix
) -> list[Metric]:
    """Return the Qini with its bootstrap interval, and the uplift of the first 30 %.

    The baseline orders customers by chance: its Qini is 0, its uplift that of all.
    """
    value = qini(scores, treated, outcome, ids)
    low, high = qini_interval(scores, treated, outcome, ids)
    order = np.lexsort((np.asarray(ids), -scores))
    first = order[: round(len(order) * FIRST)]
    return [
        Metric("qini", value, "everybody_alike", 0.0),
        Metric("qini_low", low, "everybody_alike", 0.0),
        Metric("qini_high", high),
        Metric(
            *("uplift_first_30", difference(treated[first], outcome[first])),
            *("everybody_alike", difference(treated, outcome)),
        ),
    ]


def difference(treated: Outcomes, outcome: Outcomes) -> float | None:
    """Return the share of the contacted with the outcome less that of the others."""
    if treated.all() or not treated.any():
        return None
    return round(float(outcome[treated].mean() - outcome[~treated].mean()), PLACES)
