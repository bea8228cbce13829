"""Anomalies: buyers whose buying is unlike that of all others.

How it is trained and scored is in `predictions.kinds.anomaly.fit`, which loads NumPy and
scikit-learn and is imported where that is done.
"""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from predictions.kinds.inputs import inputs_named
from predictions.kinds.parameters import SEED, Parameter
from predictions.kinds.trained import Metric, Steps, Trained, TrainedScorer, Wanted
from predictions.models import ModelVersion


class Anomaly:
    """The kind."""

    code = "anomaly"
    label = _("Anomaly")
    columns = ("anomaly_score", "is_anomaly")
    plain = "anomaly_score"
    parameters: tuple[Parameter, ...] = (SEED,)
    inputs = inputs_named(
        ["recency_days", "frequency", "monetary", "average_order_value", "purchase_days"]
    )

    def scorer(self, version: ModelVersion) -> TrainedScorer:
        """Return the scorer of `version`; raises `Refused` where its artefact cannot be read."""
        from predictions.kinds.anomaly.fit import scorer_of

        return scorer_of(version)

    def evaluate(self, wanted: Wanted, step: Steps) -> Sequence[Metric] | None:
        """Measure whether chance alone would flag others; None below 100 buyers."""
        from predictions.kinds.anomaly.fit import evaluate_anomaly

        return evaluate_anomaly(wanted, step)

    def train(self, wanted: Wanted, step: Steps) -> Trained:
        """Measure and fit all buyers; raises `Refused` (`too_few_buyers`) without any."""
        from predictions.kinds.anomaly.fit import train_anomaly

        return train_anomaly(wanted, step)


ANOMALY = Anomaly()
