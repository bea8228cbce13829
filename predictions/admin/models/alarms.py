"""The form for what happens to a model on a drift alarm."""

from typing import cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import TextChoices
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from predictions.admin.models.versions.deploying import PAGE
from predictions.lifecycle.retrain import set_on_alarm
from predictions.models import PredictionModel
from predictions.refusals import Refused


class OnAlarm(TextChoices):
    """The automatic actions on a drift alarm."""

    NOTICE = "notice", gettext_lazy("only say so")
    TRAIN = "train", gettext_lazy("say so, and train a new version")
    DEPLOY = "deploy", gettext_lazy("say so, train a new version, and deploy it if it is approved")


class OnAlarmForm(forms.Form):
    """The choice of what happens on a drift alarm."""

    on_alarm = forms.ChoiceField(
        choices=OnAlarm.choices, label=gettext_lazy("When the data have changed too much")
    )


def on_alarm_of(model: PredictionModel) -> OnAlarm:
    """Return what happens to `model` on a drift alarm."""
    if not model.retrain_on_alarm:
        return OnAlarm.NOTICE
    return OnAlarm.DEPLOY if model.auto_deploy else OnAlarm.TRAIN


def on_alarm_form(model: PredictionModel) -> OnAlarmForm:
    """Return the form with the current setting of `model`."""
    return OnAlarmForm(initial={"on_alarm": on_alarm_of(model)})


def on_alarm(
    request: HttpRequest, model: PredictionModel, context: dict[str, object]
) -> HttpResponse:
    """Store the chosen setting, and redirect to the model's page.

    Raises PermissionDenied where the setting is, or was, to deploy and the user may not deploy.
    """
    form = OnAlarmForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest()
    wanted = OnAlarm(form.cleaned_data["on_alarm"])
    if OnAlarm.DEPLOY in (wanted, on_alarm_of(model)) and not context["may_deploy"]:
        raise PermissionDenied
    try:
        set_on_alarm(
            model,
            retrains=wanted != OnAlarm.NOTICE,
            deploys=wanted == OnAlarm.DEPLOY,
            by=cast(User, request.user),
        )
    except Refused as error:
        messages.info(request, str(error))
    else:
        messages.success(request, _("On an alarm: %(what)s.") % {"what": wanted.label})
    return redirect(PAGE, model.pk)
