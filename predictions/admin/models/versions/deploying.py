"""The pages that confirm deploying a version and rolling back to the version before."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from predictions.admin.models.model_summary import standing_deployments
from predictions.admin.models.versions.definitions import deployment_context
from predictions.admin.models.versions.figures import figures_of
from predictions.admin.models.versions.sentences import (
    gate_sentence,
    is_compared,
    warning_sentences,
)
from predictions.models import Gate, ModelVersion, PredictionModel
from predictions.refusals import Refused
from predictions.registry import (
    LONGEST_REASON,
    SHORTEST_REASON,
    Unknown,
    deploy,
    rollback,
    version_of,
)

PAGE = "admin:predictions_predictionmodel_change"
# The class of messages that are out of date after the scoring: the script removes them then.
UNTIL_DONE = "site-until-done"
# What the button of the model's page sends: the key of the version that was deployed when the page
# was drawn, "" for none. The version is then deployed at once where nothing is to be confirmed.
AT_ONCE = "at_once"


class ReasonForm(forms.Form):
    """The reason for deploying a version that has not passed its gate."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        min_length=SHORTEST_REASON,
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs={"autocomplete": "off", "size": 60}),
        help_text=gettext_lazy("10 to 500 characters. It stands in the audit log."),
    )


def deploy_page(
    request: HttpRequest, model: PredictionModel, context: dict[str, Any], number: int
) -> HttpResponse:
    """Ask for confirmation to deploy version `number`; deploy the version on POST.

    A version that has not passed its gate also needs a reason. A POST with `AT_ONCE` shows the
    confirmation where there is something to confirm. Raises Http404 for an unknown version.
    """
    try:
        version = version_of(model, number)
    except Unknown as error:
        raise Http404 from error
    if model.deployed_id == version.pk:
        messages.info(request, _("Version %(n)d is deployed already.") % {"n": number})
        return redirect(PAGE, model.pk)
    changes = deployment_context(model, model.deployed, version, request.user)
    warnings = warning_sentences(version)
    is_sent = request.method == "POST"
    if AT_ONCE in request.POST:
        # The page may be old: a segment may ask for the scores since, or another version be in use.
        is_same = request.POST[AT_ONCE] == str(model.deployed_id or "")
        is_sent = is_same and not (changes["asking"] or changes["differences"] or warnings)
    form = None if version.gate == Gate.PASSED else ReasonForm(request.POST if is_sent else None)
    if is_sent and (form is None or form.is_valid()):
        reason = "" if form is None else form.cleaned_data["reason"]
        try:
            deploy(version, reason=reason, by=cast(User, request.user))
        except Refused as error:
            messages.error(request, str(error))
        else:
            _say_deployed(request, version)
        return redirect(PAGE, model.pk)
    context |= {
        "page_name": _("Deploy version %(n)d") % {"n": number},
        "version": version,
        "figures": figures_of(version),
        "gate_said": gate_sentence(version),
        "is_compared": is_compared(version),
        "warnings": warnings,
        "form": form,
        **changes,
    }
    return TemplateResponse(request, "admin/predictions/model/deploy.html", context)


def rollback_page(
    request: HttpRequest, model: PredictionModel, context: dict[str, Any]
) -> HttpResponse:
    """Ask for confirmation to roll back to the previous deployment; roll back on POST.

    The form names the deployment to be rolled back, so that sending it twice rolls back once.
    """
    if request.method == "POST":
        with transaction.atomic():
            PredictionModel.objects.select_for_update().get(pk=model.pk)
            newest = standing_deployments(model)[:1]
            if not newest or str(newest[0].pk) != request.POST.get("deployment"):
                text = _("Another version was deployed in between: nothing was done.")
                messages.warning(request, text)
                return redirect(PAGE, model.pk)
            try:
                _say_deployed(request, rollback(model, by=cast(User, request.user)))
            except Refused as error:
                messages.error(request, str(error))
        return redirect(PAGE, model.pk)
    standing = standing_deployments(model)
    if len(standing) < 2:
        messages.info(request, _("Nothing was deployed before."))
        return redirect(PAGE, model.pk)
    context |= {
        "page_name": _("Roll back"),
        "deployment": standing[0],
        "before": standing[1],
    }
    context |= deployment_context(model, model.deployed, standing[1].version, request.user)
    return TemplateResponse(request, "admin/predictions/model/rollback.html", context)


def _say_deployed(request: HttpRequest, version: ModelVersion) -> None:
    text = _("Version %(n)d is deployed; everybody is being scored by it.")
    messages.success(request, text % {"n": version.number}, extra_tags=UNTIL_DONE)
