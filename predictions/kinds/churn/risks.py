"""Models that predict a risk (a probability) from features: fitting, prediction and explanation.

All settings that are not given here are scikit-learn's defaults; none was tuned on the data of a
shop. Fits use a single thread on every machine, so that sums have a fixed order.
"""

import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from predictions.kinds.fitting.linear import probability, weighted_sums
from predictions.kinds.fitting.matrix import Matrix, Outcomes, Scaling

LOGISTIC, BOOSTING, NETWORK = "logistic", "gradient_boosting", "mlp"
# The parts whose mean each candidate is; the simplest candidate comes first.
CANDIDATES: Mapping[str, tuple[str, ...]] = {
    LOGISTIC: (LOGISTIC,),
    BOOSTING: (BOOSTING,),
    NETWORK: (NETWORK,),
    "ensemble": (LOGISTIC, BOOSTING),
}
FOLDS = 5
HIDDEN = (16, 8)
# The largest number of epochs of a network, and of iterations of the regression.
ROUNDS, STEPS = 200, 1_000


@dataclass(frozen=True)
class Risks:
    """A fitted model: the scaling of features, and by name the parts whose mean is the risk.

    A network is {"weights": [(inputs, outputs), ...], "biases": [(outputs,), ...]}; the regression
    is a network without hidden layers; boosting is scikit-learn's object.
    """

    scaling: Scaling
    parts: Mapping[str, Any]

    def predict(self, rows: Matrix) -> Matrix:
        """Return the risk of each row of (rows, features), with at least one row."""
        inputs = self.scaling.scaled(rows)
        found = [_SAYS[name](part, inputs) for name, part in self.parts.items()]
        return np.asarray(np.mean(found, axis=0))

    def candidate(self, name: str) -> "Risks":
        """Return the model of a candidate in `CANDIDATES`; all its parts must have been fitted."""
        return Risks(self.scaling, {part: self.parts[part] for part in CANDIDATES[name]})

    @property
    def intercept(self) -> float | None:
        """The log-odds to which effects are added; None where effects are not additive."""
        return float(self.parts[LOGISTIC]["biases"][0][0]) if self._is_linear else None

    def effects(self, rows: Matrix) -> Matrix:
        """Return the effect of each feature on the risk as (rows, features); positive: more risk.

        For the regression, effects are in log-odds: intercept plus all effects are the log-odds of
        the risk. For other models, an effect is the difference of the risk from the risk with this
        feature alone set to the median.
        """
        features = len(self.scaling.medians)
        if self._is_linear:
            weights: Matrix = self.parts[LOGISTIC]["weights"][0][:, 0]
            terms = self.scaling.scaled(rows) * weights
            return terms[:, :features] + terms[:, features:]
        others = np.repeat(rows[None], features, axis=0)
        for place, median in enumerate(self.scaling.medians):
            others[place, :, place] = median
        without = self.predict(others.reshape(-1, features)).reshape(features, -1)
        return (self.predict(rows) - without).T

    @property
    def _is_linear(self) -> bool:
        return list(self.parts) == [LOGISTIC]

    def as_plain(self) -> dict[str, Any]:
        """Return the model in the form that an artifact stores."""
        return {"scaling": self.scaling.as_plain(), "parts": dict(self.parts)}

    @classmethod
    def of_plain(cls, plain: Mapping[str, Any]) -> "Risks":
        """Return the model from the result of `as_plain`."""
        return cls(Scaling.of_plain(plain["scaling"]), plain["parts"])


def fittable(happened: Outcomes) -> list[str]:
    """Return the candidates that can be fitted on these outcomes.

    All but the regression need at least as many rows of each outcome as there are folds.
    """
    fewest = min(int(happened.sum()), int((~happened).sum()))
    return [name for name, parts in CANDIDATES.items() if parts == (LOGISTIC,) or fewest >= FOLDS]


def fit_candidates(candidates: Iterable[str], rows: Matrix, happened: Outcomes, seed: int) -> Risks:
    """Fit all parts of `candidates` on (rows, features), with at least one row.

    The candidates must be `fittable`.
    """
    scaling = Scaling.fit(rows)
    inputs = scaling.scaled(rows)
    names = dict.fromkeys(part for one in candidates for part in CANDIDATES[one])
    with threadpool_limits(limits=1):
        return Risks(scaling, {name: _FITS[name](inputs, happened, seed) for name in names})


def _regression(inputs: Matrix, happened: Outcomes, seed: int) -> dict[str, Sequence[Matrix]]:
    if happened.all() or not happened.any():
        # With a single outcome, no feature separates customers: all get the same risk, by Laplace's
        # rule of succession, so that it is neither 0 nor 1.
        weights, bias = np.zeros((inputs.shape[1], 1)), _share(happened)
        return {"weights": [weights], "biases": [np.array([bias])]}
    model = LogisticRegression(max_iter=STEPS).fit(inputs, happened)
    return {"weights": [model.coef_.T.copy()], "biases": [model.intercept_]}


def _share(happened: Outcomes) -> float:
    """Return the log-odds of (number of events + 1) / (number of rows + 2)."""
    times = int(happened.sum())
    return math.log((times + 1) / (len(happened) - times + 1))


def _boosting(inputs: Matrix, happened: Outcomes, seed: int) -> Any:
    # Shuffled, since rows are ordered by customer number, which may correlate with age.
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    model = HistGradientBoostingClassifier(random_state=seed)
    fitted = CalibratedClassifierCV(model, method="isotonic", cv=folds).fit(inputs, happened)
    # Drop the folds object after fitting: its type is not allowed in an artifact.
    return fitted.set_params(cv=FOLDS)


def _network(inputs: Matrix, happened: Outcomes, seed: int) -> dict[str, Sequence[Matrix]]:
    model = MLPClassifier(HIDDEN, random_state=seed, max_iter=ROUNDS)
    with warnings.catch_warnings():
        # The number of epochs bounds the time: a network that has not converged is used as it is.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(inputs, happened)
    return {"weights": model.coefs_, "biases": model.intercepts_}


def _says_boosting(model: Any, inputs: Matrix) -> Matrix:
    with threadpool_limits(limits=1, user_api="openmp"):
        return np.asarray(model.predict_proba(inputs)[:, 1])


def _says_network(network: Mapping[str, Sequence[Matrix]], inputs: Matrix) -> Matrix:
    """Return the risks by a forward pass through the layers."""
    layers = list(zip(network["weights"], network["biases"], strict=True))
    for number, (weights, biases) in enumerate(layers, start=1):
        found = weighted_sums(inputs, weights, biases)
        inputs = found if number == len(layers) else np.maximum(found, 0)
    return np.array([probability(logit) for logit in inputs[:, 0].tolist()])


_FITS = {LOGISTIC: _regression, BOOSTING: _boosting, NETWORK: _network}
_SAYS = {LOGISTIC: _says_network, BOOSTING: _says_boosting, NETWORK: _says_network}
