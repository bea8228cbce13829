"""The page for the first training of an uplift model of a campaign or an experiment."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from predictions.admin.models.training.pages import PREFIX, TrainForm, queue_training
from predictions.admin.models.versions.deploying import PAGE
from predictions.admin.models.versions.sentences import LIMIT, PURPOSES
from predictions.kinds.uplift.declaration import UPLIFT
from predictions.kinds.uplift.trials import trials_with_control
from predictions.lifecycle.trainable import CAMPAIGN

NAME = "predictions_predictionmodel_uplift"


class UpliftForm(TrainForm):
    """The form of a training, with the choice of a campaign or an experiment."""

    def __init__(self, trials: dict[str, str], *args: Any, may_deploy: bool, **kwargs: Any) -> None:
        super().__init__(UPLIFT, *args, may_deploy=may_deploy, **kwargs)
        self.fields[PREFIX + CAMPAIGN] = forms.ChoiceField(
            label=gettext_lazy("Campaign or experiment"),
            help_text=gettext_lazy(
                "Those are named that have left some customers alone on purpose: imported "
                "campaigns with a control group, and experiments that are over."
            ),
            choices=[
                (code, name if name == code else f"{name} ({code})")
                for code, name in sorted(trials.items())
            ],
        )
        self.order_fields([PREFIX + CAMPAIGN])


def uplift_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show the form, and queue a training on POST."""
    trials = trials_with_control()
    may_deploy = request.user.has_perm("predictions.deploy_model")
    form = UpliftForm(trials, request.POST or None, may_deploy=may_deploy)
    if request.method == "POST" and form.is_valid():
        run = queue_training(request, UPLIFT.code, form)
        if run is not None:
            return redirect(PAGE, run.model_id)
    context |= {
        "title": UPLIFT.label,
        "page_name": _("Learn an uplift"),
        "form": form,
        "limit": LIMIT,
        "purpose": PURPOSES[UPLIFT.code],
        "has_nothing": not trials,
    }
    return TemplateResponse(request, "admin/predictions/model/train.html", context)
