"""Scores by a version of an uplift: the uplift, and the effect of each feature on it."""

from collections.abc import Sequence

import numpy as np
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from predictions.history.columns import Column, Whole, float_units
from predictions.history.values import Value
from predictions.kinds.artifacts import load_artifact
from predictions.kinds.fitting.matrix import Matrix, Scaling
from predictions.kinds.kind import STORED_PLACES, Columns, Limits
from predictions.kinds.reasons import Reason, value_text
from predictions.kinds.trained import FeatureScorer, Input
from predictions.kinds.uplift.declaration import UPLIFT
from predictions.kinds.uplift.two_models import TwoModels
from predictions.models import ModelVersion


class UpliftScorer(FeatureScorer):
    """A version that says by how much a contact raises the probability of the outcome."""

    inputs = UPLIFT.inputs
    # Effects on a difference of probabilities do not add up.
    intercept: float | None = None

    def __init__(self, models: TwoModels) -> None:
        self._models = models

    def of_features(
        self, inputs: Sequence[Column], todays: Whole, limits: Limits | None
    ) -> Columns:
        """Return the uplift for each row of features, in 1/10,000."""
        rows = _matrix(inputs)
        found = self._models.uplift(rows) if len(rows) else np.empty(0)
        return {"uplift": list(float_units(found, STORED_PLACES))}

    def reasons(self, inputs: Sequence[Column], todays: Whole) -> list[list[Reason]]:
        """Return the effect of each feature on the uplift of each row.

        The effect is the uplift less the uplift with that feature alone at its median.
        """
        scale = self._models.scale
        assert isinstance(scale, Scaling)
        effects = self._models.effects(_matrix(inputs), scale.medians).tolist()
        rows = zip(*(column.values() for column in inputs), strict=True)
        sentence = lazy(_sentence, str)
        return [
            [
                Reason(one.name, value, effect, sentence(one, value, effect))
                for one, value, effect in zip(self.inputs, row, found, strict=True)
            ]
            for row, found in zip(rows, effects, strict=True)
        ]


def scorer_of(version: ModelVersion) -> UpliftScorer:
    """Return the scorer of `version`; raises `Refused` where its artefact cannot be read."""
    return UpliftScorer(TwoModels.of_plain(load_artifact(version)))


def _matrix(inputs: Sequence[Column]) -> Matrix:
    return np.column_stack([column.floats() for column in inputs])


def _sentence(one: Input, value: Value, effect: float) -> str:
    what = {"meaning": one.meaning, "value": value_text(value, is_money=one.is_money)}
    if effect > 0:
        return _("%(meaning)s: %(value)s (raises the uplift)") % what
    if effect < 0:
        return _("%(meaning)s: %(value)s (lowers the uplift)") % what
    return _("%(meaning)s: %(value)s (makes no difference)") % what
