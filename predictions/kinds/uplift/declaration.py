"""The kind `uplift`: one model for each campaign or experiment that left somebody alone.

How it is trained and scored is in `training` and `scoring`, which load NumPy and scikit-learn:
every process imports this module.
"""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from predictions.kinds.churn.declaration import FEATURES
from predictions.kinds.inputs import inputs_named
from predictions.kinds.parameters import Parameter, one_of, whole
from predictions.kinds.trained import Metric, Steps, Trained, TrainedScorer, Wanted
from predictions.models import ModelVersion
from predictions.models.lifecycle.model import LONGEST_CODE
from predictions.models.scores.uplift import UPLIFT_PREFIX

CONVERSION, VISIT = "conversion", "visit"
OUTCOMES = (CONVERSION, VISIT)
SHORTEST_WINDOW, LONGEST_WINDOW, USUAL_WINDOW = 1, 365, 30
LONGEST_TRIAL_CODE = LONGEST_CODE - len(UPLIFT_PREFIX)


def _checked_campaign(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_TRIAL_CODE or "\0" in value:
        text = _("The code of a campaign or an experiment is needed, of 1 to %(most)d characters.")
        raise ValueError(text % {"most": LONGEST_TRIAL_CODE})
    return value


class Uplift:
    """The kind. Its models are `uplift.CODE`; their scores are rows of `UpliftScore`."""

    code = "uplift"
    label = gettext_lazy("Uplift")
    columns = ("uplift",)
    plain = "uplift"
    # Its scores are no columns of `CustomerPrediction`.
    has_own_rows = True
    parameters: tuple[Parameter, ...] = (
        Parameter("campaign", _checked_campaign, lambda: None, is_asked=False),
        one_of("outcome", OUTCOMES, CONVERSION),
        whole(
            *("window_days", SHORTEST_WINDOW, LONGEST_WINDOW, lambda: USUAL_WINDOW),
            about=gettext_lazy("The outcome counts within so many days after the contact."),
        ),
    )
    inputs = inputs_named(FEATURES)

    def scorer(self, version: ModelVersion) -> TrainedScorer:
        """Return the scorer of `version`; raises `Refused` where its artefact cannot be read."""
        from predictions.kinds.uplift.scoring import scorer_of

        return scorer_of(version)

    def evaluate(self, wanted: Wanted, step: Steps) -> Sequence[Metric] | None:
        """Measure by halves; raises what `train` raises."""
        from predictions.kinds.uplift.training import evaluate_uplift

        return evaluate_uplift(wanted, step, self.inputs)

    def train(self, wanted: Wanted, step: Steps) -> Trained:
        """Measure by halves, and fit on everybody.

        Raises `Refused`: `no_control`; `too_few` below 1,000 customers or 50 with the outcome in a
        group; `one_outcome_only` where everybody of a group has the outcome.
        """
        from predictions.kinds.uplift.training import train_uplift

        return train_uplift(wanted, step, self.inputs)


def trial_code_of(model_code: str) -> str:
    """Return the code of the campaign or experiment that the model `uplift.CODE` is about."""
    return model_code.removeprefix(UPLIFT_PREFIX)


UPLIFT = Uplift()
