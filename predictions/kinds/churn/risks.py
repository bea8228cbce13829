"""Models that say a risk, a probability, from features: how each is fitted, what it says, and why.

All settings that are not named here are scikit-learn's own: none was chosen by how it did on the
data of a shop. One thread fits, whatever the machine has, so that sums have one order.
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
# What each candidate is the mean of, the plainest first.
CANDIDATES: Mapping[str, tuple[str, ...]] = {
    LOGISTIC: (LOGISTIC,),
    BOOSTING: (BOOSTING,),
    NETWORK: (NETWORK,),
    "ensemble": (LOGISTIC, BOOSTING),
}
FOLDS = 5
HIDDEN = (16, 8)
# A network is fitted in at most so many rounds, the regression in so many steps.
ROUNDS, STEPS = 200, 1_000


@dataclass(frozen=True)
class Risks:
    """Fitted: how features are scaled, and by name the models whose mean is the risk.

    A network is {"weights": [(inputs, outputs), ...], "biases": [(outputs,), ...]}, the regression
    one without hidden layers; boosting is scikit-learn's own.
    """

    scaling: Scaling
    parts: Mapping[str, Any]

    def of(self, rows: Matrix) -> Matrix:
        """Return the risk for each of (rows, features), of which there is one at least."""
        inputs = self.scaling.scaled(rows)
        found = [_SAYS[name](part, inputs) for name, part in self.parts.items()]
        return np.asarray(np.mean(found, axis=0))

    def candidate(self, name: str) -> "Risks":
        """Return one of `CANDIDATES`, all parts of which were fitted."""
        return Risks(self.scaling, {part: self.parts[part] for part in CANDIDATES[name]})

    @property
    def intercept(self) -> float | None:
        """The log-odds to which the effects add; None where effects do not add up."""
        return float(self.parts[LOGISTIC]["biases"][0][0]) if self._is_linear else None

    def effects(self, rows: Matrix) -> Matrix:
        """Return what each feature does to the risk, as (rows, features) again; more: more risk.

        Of the regression in log-odds: its intercept and all effects add up to those of the risk.
        Of others by how much the risk is higher than if this feature alone were the median.
        """
        features = len(self.scaling.medians)
        if self._is_linear:
            weights: Matrix = self.parts[LOGISTIC]["weights"][0][:, 0]
            terms = self.scaling.scaled(rows) * weights
            return terms[:, :features] + terms[:, features:]
        others = np.repeat(rows[None], features, axis=0)
        for place, median in enumerate(self.scaling.medians):
            others[place, :, place] = median
        without = self.of(others.reshape(-1, features)).reshape(features, -1)
        return (self.of(rows) - without).T

    @property
    def _is_linear(self) -> bool:
        return list(self.parts) == [LOGISTIC]

    def as_plain(self) -> dict[str, Any]:
        """Return it as an artefact keeps it."""
        return {"scaling": self.scaling.as_plain(), "parts": dict(self.parts)}

    @classmethod
    def of_plain(cls, found: Mapping[str, Any]) -> "Risks":
        """Return it as it was."""
        return cls(Scaling.of_plain(found["scaling"]), found["parts"])


def fittable(happened: Outcomes) -> list[str]:
    """Return which candidates can be fitted on these outcomes; all but one want folds."""
    fewest = min(int(happened.sum()), int((~happened).sum()))
    return [name for name, parts in CANDIDATES.items() if parts == (LOGISTIC,) or fewest >= FOLDS]


def fitted(candidates: Iterable[str], rows: Matrix, happened: Outcomes, seed: int) -> Risks:
    """Fit all that `candidates` are made of, on rows (rows, features), one at least.

    They have to be `fittable`.
    """
    scaling = Scaling.of(rows)
    inputs = scaling.scaled(rows)
    names = dict.fromkeys(part for one in candidates for part in CANDIDATES[one])
    with threadpool_limits(limits=1):
        return Risks(scaling, {name: _FITS[name](inputs, happened, seed) for name in names})


def _regression(inputs: Matrix, happened: Outcomes, seed: int) -> dict[str, Sequence[Matrix]]:
    if happened.all() or not happened.any():
        # Nothing tells people apart. Laplace's rule of succession, since nothing is certain.
        weights, bias = np.zeros((inputs.shape[1], 1)), _share(happened)
        return {"weights": [weights], "biases": [np.array([bias])]}
    model = LogisticRegression(max_iter=STEPS).fit(inputs, happened)
    return {"weights": [model.coef_.T.copy()], "biases": [model.intercept_]}


def _share(happened: Outcomes) -> float:
    """Return the log-odds of (times it happened + 1) / (times + 2)."""
    times = int(happened.sum())
    return math.log((times + 1) / (len(happened) - times + 1))


def _boosting(inputs: Matrix, happened: Outcomes, seed: int) -> Any:
    # Shuffled: rows are ordered by customers' numbers, which may go with their age.
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    model = HistGradientBoostingClassifier(random_state=seed)
    fitted = CalibratedClassifierCV(model, method="isotonic", cv=folds).fit(inputs, happened)
    # The folds have done their work, and are no type that an artefact may hold.
    return fitted.set_params(cv=FOLDS)


def _network(inputs: Matrix, happened: Outcomes, seed: int) -> dict[str, Sequence[Matrix]]:
    model = MLPClassifier(HIDDEN, random_state=seed, max_iter=ROUNDS)
    with warnings.catch_warnings():
        # The rounds are a bound on time: one that is not done by then is judged as it is.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(inputs, happened)
    return {"weights": model.coefs_, "biases": model.intercepts_}


def _says_boosting(model: Any, inputs: Matrix) -> Matrix:
    with threadpool_limits(limits=1, user_api="openmp"):
        return np.asarray(model.predict_proba(inputs)[:, 1])


def _says_network(network: Mapping[str, Sequence[Matrix]], inputs: Matrix) -> Matrix:
    """Return what comes out, layer by layer."""
    layers = list(zip(network["weights"], network["biases"], strict=True))
    for number, (weights, biases) in enumerate(layers, start=1):
        found = weighted_sums(inputs, weights, biases)
        inputs = found if number == len(layers) else np.maximum(found, 0)
    return np.array([probability(logit) for logit in inputs[:, 0].tolist()])


_FITS = {LOGISTIC: _regression, BOOSTING: _boosting, NETWORK: _network}
_SAYS = {LOGISTIC: _says_network, BOOSTING: _says_boosting, NETWORK: _says_network}
