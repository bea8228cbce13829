"""Churn: how likely it is that a buyer does not buy again within so many days.

How it is trained and scored is in `training` and `scoring`, which load NumPy and scikit-learn and
are imported where that is done: every process imports this module.
"""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from predictions.features.shop import LONGEST_WINDOW, SHORTEST_WINDOW
from predictions.features.table import features_of
from predictions.kinds.inputs import inputs_named
from predictions.kinds.parameters import SEED, Parameter, one_of, whole
from predictions.kinds.trained import Metric, Steps, Trained, TrainedScorer, Wanted
from predictions.models import ModelVersion

# `auto`: the one of the others that did best when it was measured.
AUTO = "auto"
# A network, which only workers with torch fit.
GRU = "gru"
ALGORITHMS = (AUTO, "logistic", "gradient_boosting", "mlp", "ensemble")
# The fewest buyers two windows before for an evaluation.
FEWEST_BUYERS = 100
# The name of the baseline in a network's metrics.
BEST_OF_OTHERS = "best_of_others"
# The upper end of the interval that the approval check asks for.
DIFFERENCE_HIGH = "brier_difference_high"
# Scores are relative to other customers, and modes have no order.
LEFT_OUT = {
    *("recency_score", "frequency_score", "monetary_score", "rfm_segment"),
    *("favourite_weekday", "favourite_hour"),
}
FEATURES = tuple(one.name for one in features_of(["rfm", "activity"]) if one.name not in LEFT_OUT)


class Churn:
    """The kind."""

    code = "churn"
    label = _("Churn")
    columns = ("churn_risk", "churn_risk_rise")
    plain = "churn_risk"
    parameters: tuple[Parameter, ...] = (
        whole("window_days", SHORTEST_WINDOW, LONGEST_WINDOW, lambda: None),
        one_of("algorithm", (*ALGORITHMS, GRU), AUTO),
        SEED,
    )
    inputs = inputs_named(FEATURES)
    deep_algorithms = (GRU,)
    tries_deep = (AUTO,)

    def scorer(self, version: ModelVersion) -> TrainedScorer:
        """Return the scorer of `version`; raises `Refused` where its artefact cannot be read."""
        from predictions.kinds.churn.scoring import scorer_of

        return scorer_of(version)

    def evaluate(self, wanted: Wanted, step: Steps) -> Sequence[Metric] | None:
        """Measure by the last window before `as_of`; None below 100 buyers two windows before."""
        from predictions.kinds.churn.training import evaluate_churn

        return evaluate_churn(wanted, step, self.inputs)

    def train(self, wanted: Wanted, step: Steps) -> Trained:
        """Measure, choose an algorithm where none was asked for, and fit it.

        Raises `Refused`: `too_few_buyers`, `too_few_outcomes`.
        """
        from predictions.kinds.churn.training import train_churn

        return train_churn(wanted, step, self.inputs)


CHURN = Churn()
