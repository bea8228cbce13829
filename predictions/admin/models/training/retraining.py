"""Weekly retraining of a model, and the button that switches it on or off."""

from dataclasses import dataclass
from typing import cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from predictions.admin.models.versions.deploying import PAGE
from predictions.lifecycle.retrain import set_retrain, version_in_use
from predictions.models import PredictionModel, Retrain
from predictions.refusals import Refused


class RetrainForm(forms.Form):
    """The wanted setting, not a toggle, so that sending the form twice has the same result."""

    retrain = forms.ChoiceField(choices=Retrain.choices)


@dataclass(frozen=True)
class Retraining:
    """The current setting in sentences, and the button: the value it sends and its label."""

    said: str
    help: str
    wanted: Retrain
    button: str


def retraining_of(model: PredictionModel) -> Retraining:
    """Return the current setting of `model`, and the button to change it."""
    if model.retrain == Retrain.NEVER:
        said = _("Trained when somebody asks for it, never by itself.")
        return Retraining(said, "", Retrain.WEEKLY, _("Train anew every Sunday"))
    said = (
        _("Trained anew every Sunday at 02:00.")
        if model.is_active
        else _("It would be trained anew every Sunday at 02:00, but the model is switched off.")
    )
    button = _("Train no longer by itself")
    return Retraining(said, _training_parameters_text(model), Retrain.NEVER, button)


def _training_parameters_text(model: PredictionModel) -> str:
    version = version_in_use(model)
    if version is None:
        told = _("With the usual parameters.")
    elif version.segment is None:
        told = _("With the parameters of version %(number)d.")
    else:
        told = _("With the parameters of version %(number)d, about the members of “%(segment)s”.")
    known = {"number": version.number, "segment": version.segment} if version else {}
    waits = _("The new version waits for somebody to deploy it.")
    return f"{told % known} {waits}"


def retrain(
    request: HttpRequest, model: PredictionModel, context: dict[str, object]
) -> HttpResponse:
    """Switch weekly retraining on or off, as the form says, and redirect to the model's page."""
    form = RetrainForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest()
    wanted = Retrain(form.cleaned_data["retrain"])
    try:
        set_retrain(model, wanted, by=cast(User, request.user))
    except Refused as error:
        messages.info(request, str(error))
    else:
        model.retrain = wanted
        messages.success(request, retraining_of(model).said)
    return redirect(PAGE, model.pk)
