"""Resolve the code of a training: an existing model, or an uplift model, created on first use.

An uplift model is trained as `uplift.CODE`, or as `uplift` with the parameter `campaign`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.problems import Invalid, Problem
from predictions.kinds import KINDS
from predictions.kinds.trained import TrainedKind, checked_parameters, is_trained
from predictions.kinds.uplift.declaration import UPLIFT, trial_code_of
from predictions.kinds.uplift.trials import checked_trial
from predictions.models import PredictionModel
from predictions.models.scores.uplift import UPLIFT_PREFIX
from predictions.refusals import Refused
from predictions.registry import Unknown, model_named

CAMPAIGN = "campaign"


@dataclass(frozen=True)
class Trainable:
    """The code and kind of a model to train, and the validated parameters of the training."""

    code: str
    kind: TrainedKind
    parameters: Mapping[str, Any]

    def model(self) -> PredictionModel:
        """Return the model; create a missing uplift model."""
        if self.kind is not UPLIFT:
            return model_named(self.code)
        made, _is_new = PredictionModel.objects.get_or_create(
            code=self.code, defaults={"kind": UPLIFT.code}
        )
        return made


def trainable(code: str, given: Mapping[str, Any]) -> Trainable:
    """Return the training target for `code` and the parameters `given`.

    Raises `Unknown` for an unknown model, campaign or experiment, `Refused` for rules
    (`nothing_to_train`) and for a trial without a control group (`no_control`), and `Invalid` for
    bad parameters.
    """
    if code == UPLIFT.code:
        campaign = given.get(CAMPAIGN)
        if campaign is None:
            raise _bad_campaign(_("Name the campaign or the experiment that it is about."))
        parameters = checked_parameters(UPLIFT, given)
    elif code.startswith(UPLIFT_PREFIX):
        campaign = trial_code_of(code)
        parameters = checked_parameters(UPLIFT, {CAMPAIGN: campaign} | dict(given))
    else:
        kind = trained_kind(model_named(code))
        return Trainable(code, kind, checked_parameters(kind, given))
    if parameters[CAMPAIGN] != campaign:
        raise _bad_campaign(_("This model is about “%(code)s”.") % {"code": campaign})
    if checked_trial(campaign) is None:
        text = _("There is no campaign and no experiment “%(code)s”.")
        raise Unknown(text % {"code": campaign})
    return Trainable(f"{UPLIFT_PREFIX}{campaign}", UPLIFT, parameters)


def trained_kind(model: PredictionModel) -> TrainedKind:
    """Return the kind of `model`. Raises `Refused` (`nothing_to_train`) for rules."""
    kind = KINDS[model.kind]
    if not is_trained(kind):
        text = _("“%(code)s” is made of rules: there is nothing to train.")
        raise Refused("nothing_to_train", text % {"code": model.code})
    return kind  # type: ignore[return-value]


def _bad_campaign(text: str) -> Invalid:
    return Invalid([Problem(f"parameters.{CAMPAIGN}", "bad_parameter", text)])
