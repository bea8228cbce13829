"""What a page says while a model has no scores: what is missing, and the step that helps.

That is data, a training by one button, a look at a version that is not deployed, or patience.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conditions.language.operators import Words
from core.admin.next_page import next_page
from core.admin.permissions import require
from core.clock import now
from core.text.formats import number_shown
from predictions.admin.insights.computing import PAGES
from predictions.admin.insights.day_one import steps_to_data
from predictions.admin.models.model_state import ready_version, standing_of
from predictions.admin.models.training.pages import DEPLOY, deploys_at_once, train_as_usual
from predictions.admin.models.versions.sentences import gate_sentence
from predictions.admin.single_page import VIEW
from predictions.analytics.computation.defaults import usual
from predictions.analytics.views.journey import JOURNEY
from predictions.features.shop import LONGEST_WINDOW
from predictions.history.population import population, sales
from predictions.kinds.churn.declaration import CHURN, FEWEST_BUYERS
from predictions.kinds.clv.declaration import CLV, FEWEST_REPEAT_BUYERS
from predictions.models import CustomerPrediction, Gate, ModelVersion, PredictionModel
from predictions.registry import model_named
from segments.admin.next_steps import NextStep

TRAIN = "predictions.train_model"


@dataclass(frozen=True)
class DataNeed:
    """The number of customers that a training needs, the number there is, and a sentence."""

    needed: int
    there: int
    said: str

    @property
    def is_met(self) -> bool:
        """Whether there are enough."""
        return self.there >= self.needed


def _churn_need() -> DataNeed:
    """Count the customers who had bought two windows before, as the evaluation does."""
    kept = usual(JOURNEY)
    days = 2 * (LONGEST_WINDOW if kept is None else kept["window_days"]["to"])
    cut = now() - timedelta(days=days)
    there = population(cut).filter(pk__in=sales(cut).values("customer")).order_by().count()
    text = _(
        "Training needs %(needed)s customers whose first order is more than %(days)s days ago. "
        "There are %(there)s so far."
    )
    return _need(FEWEST_BUYERS, there, text, days=number_shown(days))


def _value_need() -> DataNeed:
    """Count the customers with two purchase days or more, as of the last scoring."""
    there = CustomerPrediction.objects.filter(gap_days__isnull=False).count()
    text = _(
        "Training needs %(needed)s customers who have bought on two days or more. "
        "There are %(there)s so far."
    )
    return _need(FEWEST_REPEAT_BUYERS, there, text)


def _need(needed: int, there: int, text: str, **more: str) -> DataNeed:
    numbers = {"needed": number_shown(needed), "there": number_shown(there)}
    return DataNeed(needed, there, text % (numbers | more))


@dataclass(frozen=True)
class TrainedPage:
    """A page that shows the scores of a model: its key in `PAGES`, its button, what it needs.

    `purpose` says what the page shows when there are scores.
    """

    page: str
    purpose: Words
    button: Words
    need: Callable[[], DataNeed]


MODELS: Mapping[str, TrainedPage] = {
    CHURN.code: TrainedPage(
        "churn",
        gettext_lazy(
            "This page will show how likely each customer is to buy nothing more, and who of them "
            "is worth most, so that you can write to them in time."
        ),
        gettext_lazy("Compute the churn risks"),
        _churn_need,
    ),
    CLV.code: TrainedPage(
        "value",
        gettext_lazy(
            "This page will show what each customer is likely to spend, and which of them bring "
            "most of it."
        ),
        gettext_lazy("Compute the lifetime values"),
        _value_need,
    ),
}


@dataclass(frozen=True)
class MissingScores:
    """Why a model has no scores, in sentences, and what helps.

    `button` is the label of the button that trains the model, or "". `is_working`: scores or a
    version come without a further step. `about` is the URL of the model's page.
    """

    code: str
    sentences: Sequence[str]
    about: str
    button: Words = ""
    steps: Sequence[NextStep] = ()
    is_working: bool = False


def missing_scores(model: PredictionModel, user: User | AnonymousUser) -> MissingScores:
    """Return what helps where the model `model`, a key of `MODELS`, has scored nobody."""
    shown, standing = MODELS[model.code], standing_of(model)
    about = reverse("admin:predictions_predictionmodel_change", args=[model.pk])
    if model.deployed is not None:
        said = _("The results of all customers are being computed. This takes a few minutes.")
        if standing.is_bad:
            return MissingScores(model.code, [said, standing.more], about)
        return MissingScores(model.code, [said, _by_itself()], about, is_working=True)
    if standing.is_working:
        said = _("The model learns from your orders. This takes a few minutes.")
        done = f"{standing.word[:1].upper()}{standing.word[1:]}."
        return MissingScores(model.code, [said, done, _by_itself()], about, is_working=True)
    # Without a deployed version, the state of the newest one is the model's.
    said = standing.word if model.versions.exists() else standing.more or str(shown.purpose)
    ready = ready_version(model)
    if ready is not None:
        steps = [_deploy_step(model, ready)] if user.has_perm(DEPLOY) else []
        return MissingScores(model.code, [said], about, steps=steps)
    need = shown.need()
    if not need.is_met:
        return MissingScores(model.code, [said, need.said], about, steps=steps_to_data(user))
    newest = model.versions.defer("artifact").order_by("-number").first()
    why = gate_sentence(newest) if newest is not None and newest.gate == Gate.FAILED else ""
    if user.has_perm(TRAIN):
        then = _what_follows(is_deployed=deploys_at_once(model, user))
        return MissingScores(model.code, [said, why, then], about, button=shown.button)
    who = _("Somebody who may train models can do that here.")
    return MissingScores(model.code, [said, why, who], about)


def _by_itself() -> str:
    return _("This page shows the results by itself. You can leave it in the meantime.")


def _what_follows(*, is_deployed: bool) -> str:
    """Return what happens after the button is pressed; `is_deployed`: without a further step."""
    if is_deployed:
        return _(
            "The model learns from your orders, which takes a few minutes. If it is better than a "
            "simple rule, the results appear here by themselves; if not, this page says so."
        )
    return _(
        "The model learns from your orders, which takes a few minutes. Then somebody has to "
        "approve the result before it appears here."
    )


def _deploy_step(model: PredictionModel, version: ModelVersion) -> NextStep:
    url = reverse("admin:predictions_predictionmodel_deploy", args=[model.pk, version.number])
    return NextStep(_("Deploy version %(number)s") % {"number": version.number}, url)


def train(request: HttpRequest) -> HttpResponse:
    """Request a training as the button of the model's page does.

    Redirect to the page that the address names, else to the Insights page of the model.
    """
    require(request.user, [VIEW, TRAIN])
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    code = request.POST.get("model", "")
    if code not in MODELS:
        return redirect(PAGES["value"])
    train_as_usual(request, model_named(code))
    return redirect(next_page(request) or PAGES[MODELS[code].page])
