"""Chooses e and beta for a fit, by what the last 28 days before it bought.

Fitted before as_of - 28 days and measured in [as_of - 28 days, as_of): first the exponent e of the
season factor by NDCG@10 of what is new, then beta by that of repeats. Figures that are equal to 6
decimals are ties, of which the first candidate is taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from personalization.recommend.algorithms import ALGORITHMS, PARTS, Arrays, Parameters, joined_parts
from personalization.recommend.algorithms.discover import DISCOVER
from personalization.recommend.algorithms.next_basket import NEXT_BASKET
from personalization.recommend.evaluation.trial import NEW, REPEATS, Trial, mean_of

WINDOW = timedelta(days=28)
EXPONENTS, BETAS = (0.0, 0.5, 1.0), (0.7, 0.85)
FEWEST_USERS = 100
# Where too few users bought in the window.
USUAL: Parameters = {"e": 1.0, "beta": 0.7}
K, DECIMALS = 10, 6
# A test of more users would cost the night hours and move no choice.
MOST_USERS = 20_000


@dataclass(frozen=True, eq=False)
class Prepared:
    """A trial with the parts fitted on its history."""

    trial: Trial
    fitted: dict[str, Arrays]

    def fitted_for(self, name: str) -> Arrays:
        """Return the arrays that an algorithm reads, fitted once for all that share a part."""
        return joined_parts(name, self.part)

    def part(self, name: str) -> Arrays:
        """Return the arrays of a part."""
        if name not in self.fitted:
            self.fitted[name] = PARTS[name](self.trial.known)
        return self.fitted[name]


def prepare_trial(as_of: datetime, *, with_refusing: bool) -> Prepared:
    """Return the trial of the last 28 days before `as_of`, nothing fitted yet."""
    trial = Trial(as_of - WINDOW, as_of, with_refusing=with_refusing, most=MOST_USERS)
    return Prepared(trial, {})


def choose_parameters(on: Prepared) -> Parameters:
    """Return e and beta by a prepared trial of the 28 days before the fit."""
    trial = on.trial
    if len(trial.customers) < FEWEST_USERS:
        return USUAL
    fitted = on.fitted_for(DISCOVER.name)

    def measured_ndcg(name: str, mode: str, parameters: Parameters) -> float:
        algorithm = ALGORITHMS[name]
        gains = trial.gains(lambda some: algorithm.scores(fitted, some, parameters), K)
        return mean_of(gains.ndcg[mode]) or 0.0

    by_exponent = [measured_ndcg(DISCOVER.name, NEW, {"e": e}) for e in EXPONENTS]
    e = EXPONENTS[_first_best(by_exponent)]
    by_beta = [measured_ndcg(NEXT_BASKET.name, REPEATS, {"e": e, "beta": beta}) for beta in BETAS]
    return {"e": e, "beta": BETAS[_first_best(by_beta)]}


def _first_best(figures: Sequence[float]) -> int:
    rounded = [round(figure, DECIMALS) for figure in figures]
    return rounded.index(max(rounded))
