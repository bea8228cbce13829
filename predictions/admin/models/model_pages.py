"""The admin of models: the list, the page of a model, and the URLs of its other pages."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.admin.guarded import OwnLookups
from core.admin.permissions import require
from core.admin.rights import ViewOnly
from core.text.formats import UNKNOWN, moment_shown, number_shown
from predictions.admin.models.alarms import on_alarm, on_alarm_form
from predictions.admin.models.deep import DEEP, deep_model_sentences
from predictions.admin.models.model_state import (
    Standing,
    ready_version,
    standing_of,
    standings_of,
    versions_before,
)
from predictions.admin.models.model_summary import answers_of, standing_deployments
from predictions.admin.models.training.pages import (
    cancel,
    deploys_at_once,
    latest_of,
    progress_of,
    train_page,
)
from predictions.admin.models.training.retraining import retrain, retraining_of
from predictions.admin.models.training.uplift import NAME, uplift_page
from predictions.admin.models.versions.clusters import SHOWN, clusters_of, name_as_sent
from predictions.admin.models.versions.comparison import compare_page
from predictions.admin.models.versions.definitions import measures_sentence
from predictions.admin.models.versions.deploying import PAGE, deploy_page, rollback_page
from predictions.admin.models.versions.details import label_of, lines_of
from predictions.admin.models.versions.figures import figures_of, format_days, window_of
from predictions.admin.models.versions.over_versions import over_versions
from predictions.admin.models.versions.sentences import (
    DEPLOYED_AT_ONCE,
    LIMIT,
    PURPOSES,
    gate_sentence,
    is_compared,
    warning_sentences,
)
from predictions.admin.single_page import VIEW
from predictions.admin.watching.drift_status import light
from predictions.kinds import KINDS
from predictions.kinds.trained import is_trained
from predictions.models import PredictionModel
from predictions.monitoring.drift_readings import with_drift
from predictions.registry import models

TRAIN, DEPLOY = (f"predictions.{name}" for name in ("train_model", "deploy_model"))
# The pages that show the customers whom a model scored, by its kind.
CUSTOMER_PAGES = {
    "rfm": "admin:predictions_analyticstable_rfm",
    "journey": "admin:predictions_analyticstable_journey",
    "clv": "admin:predictions_analyticstable_value",
    "churn": "admin:predictions_riskhistory_changelist",
}
Page = Callable[..., HttpResponse]


class _ModelList(ChangeList):
    """The models of a page with their states, which are read together."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        models: list[Any] = list(self.result_list)
        standings = standings_of(models)
        for one in models:
            one.standing = standings[one.pk]
        self.result_list = models


@admin.register(PredictionModel)
class ModelsAdmin(ViewOnly, OwnLookups, admin.ModelAdmin[PredictionModel]):
    """The admin pages where merchants see the metrics of models, and train and deploy models."""

    needed = VIEW
    change_list_template = "admin/predictions/model/change_list.html"
    list_display = ("named", "version", "gate", "scored", "customers", "stands", "drift")
    list_display_links = None
    sortable_by = ()
    actions = None

    class Media:
        css = {"all": ["segments/admin.css", "predictions/models.css"]}

    # The list ---------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[PredictionModel]:
        return with_drift(models()).defer("deployed__artifact", "deployed__bins")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return _ModelList

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list under the title “Models”."""
        require(request.user, [VIEW])
        shown = {"title": _("Models"), "may_learn_uplift": request.user.has_perm(TRAIN)}
        return super().changelist_view(request, {**shown, **(extra_context or {})})

    @admin.display(description=gettext_lazy("Model"))
    def named(self, model: PredictionModel) -> SafeString:
        address = reverse("admin:predictions_predictionmodel_change", args=[model.pk])
        return format_html(
            '<a href="{}">{}</a><span class="segment-quiet segment-said">{}</span>',
            *(address, _name_of(model), PURPOSES.get(model.kind, "")),
        )

    @admin.display(description=gettext_lazy("Deployed version"))
    def version(self, model: PredictionModel) -> str:
        return str(model.deployed.number) if model.deployed else UNKNOWN

    @admin.display(description=gettext_lazy("Approval check"))
    def gate(self, model: PredictionModel) -> str:
        if model.deployed is None or not is_trained(KINDS[model.kind]):
            return UNKNOWN
        return model.deployed.get_gate_display()

    @admin.display(description=gettext_lazy("Scored"))
    def scored(self, model: PredictionModel) -> str:
        return moment_shown(model.scored_at) if model.scored_at else UNKNOWN

    @admin.display(description=gettext_lazy("Customers"))
    def customers(self, model: PredictionModel) -> str:
        return number_shown(model.customers_scored) if model.scored_at else UNKNOWN

    @admin.display(description=gettext_lazy("State"))
    def stands(self, model: Any) -> SafeString:
        return standing_html(model.standing)

    @admin.display(description=gettext_lazy("Changes in the data"))
    def drift(self, model: Any) -> SafeString:
        """Return the drift light of the version in use; a dash for rules and without a version."""
        is_known = model.deployed is not None and is_trained(KINDS[model.kind])
        return light(model.drift_status or "", model.drift_psi) if is_known else SafeString(UNKNOWN)

    # The pages --------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        changelist = self.admin_site.admin_view(self.changelist_view)
        return [
            path("", changelist, name="predictions_predictionmodel_changelist"),
            path("uplift/", self.admin_site.admin_view(self.uplift_view), name=NAME),
            self._of_one("change/", "change", model_page, methods=("GET",)),
            self._of_one("compare/", "compare", compare_page, methods=("GET",)),
            self._of_one("train/", "train", train_page, TRAIN),
            self._of_one("cancel/", "cancel", cancel, TRAIN, methods=("POST",)),
            self._of_one("names/", "names", names_page, TRAIN, methods=("POST",)),
            self._of_one("retrain/", "retrain", retrain, TRAIN, methods=("POST",)),
            self._of_one("alarm/", "alarm", on_alarm, TRAIN, methods=("POST",)),
            self._of_one("versions/<int:number>/deploy/", "deploy", deploy_page, DEPLOY),
            self._of_one("rollback/", "rollback", rollback_page, DEPLOY),
        ]

    def uplift_view(self, request: HttpRequest) -> HttpResponse:
        """Show the page for the first training of an uplift model."""
        require(request.user, [VIEW, TRAIN])
        context = {**self.admin_site.each_context(request), "opts": self.opts}
        return uplift_page(request, context)

    def _of_one(
        self,
        address: str,
        name: str,
        page: Page,
        permission: str = VIEW,
        methods: tuple[str, ...] = ("GET", "POST"),
    ) -> URLPattern:
        """Return the URL pattern of a `page` about one model.

        The view checks permissions and methods, and raises Http404 for an unknown model.
        """

        def view(request: HttpRequest, object_id: int, **arguments: Any) -> HttpResponseBase:
            require(request.user, dict.fromkeys([VIEW, permission]))
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            model = get_object_or_404(self.get_queryset(request), pk=object_id)
            return page(request, model, self._head(request, model), **arguments)

        view = self.admin_site.admin_view(view)
        return path(f"<int:object_id>/{address}", view, name=f"predictions_predictionmodel_{name}")

    def _head(self, request: HttpRequest, model: PredictionModel) -> dict[str, Any]:
        """Return the context that all pages of a model share."""
        kind = KINDS[model.kind]
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "model": model,
            "title": _name_of(model),
            "is_trained": is_trained(kind),
            "may_train": is_trained(kind) and request.user.has_perm(TRAIN),
            "may_deploy": is_trained(kind) and request.user.has_perm(DEPLOY),
        }


def _name_of(model: PredictionModel) -> str:
    """Return the name of the model's kind, with the model's code where a kind has several."""
    kind = KINDS[model.kind]
    return str(kind.label) if kind.code == model.code else f"{kind.label}: {model.code}"


def model_page(request: HttpRequest, model: Any, context: dict[str, Any]) -> HttpResponse:
    """Show the state and metrics of a model, the progress of its training and its versions."""
    answers = answers_of(model) if context["is_trained"] else None
    standing = standing_of(model)
    context |= {
        "standing": standing,
        "stands": standing_html(standing),
        "scored_before": ", ".join(map(str, versions_before(model))),
        "answers": answers,
        "progress": progress_of(model),
        "trainings": latest_of(model),
        "then": DEPLOYED_AT_ONCE if deploys_at_once(model, request.user) else "",
        "retraining": retraining_of(model),
        "on_alarm": on_alarm_form(model),
        "light": light(model.drift_status or "", model.drift_psi),
        "limit": LIMIT,
        "deep": deep_model_sentences(model, None if answers is None else answers.version),
        "ready": ready_version(model) if context["may_deploy"] else None,
        "customers_url": _customers_url(model),
        "may_roll_back": context["may_deploy"] and len(standing_deployments(model)) > 1,
    }
    if answers is not None:
        version = answers.version
        context |= {
            **over_versions(model),
            "measures": measures_sentence(version),
            "figures": figures_of(version),
            "window": "" if window_of(version) is None else format_days(window_of(version)),
            "gate_said": gate_sentence(version),
            "is_compared": is_compared(version),
            "warnings": warning_sentences(version),
            "clusters": clusters_of(model, version, request.user, context.get("refused_names")),
            "made_of": [
                (heading, [(label_of(name), value) for name, value in lines_of(values)])
                for heading, values in (
                    (_("What was asked for"), version.parameters),
                    (
                        _("What was fitted"),
                        {
                            name: one
                            for name, one in version.fitted.items()
                            if name not in {*SHOWN, DEEP}
                        },
                    ),
                )
            ],
        }
    return TemplateResponse(request, "admin/predictions/model/page.html", context)


def _customers_url(model: PredictionModel) -> str:
    """Return where the customers whom `model` scored are shown; "" without scores or a page."""
    page = CUSTOMER_PAGES.get(model.kind)
    return reverse(page) if page and model.scored_at else ""


def names_page(request: HttpRequest, model: Any, context: dict[str, Any]) -> HttpResponse:
    """Name the clusters of a model; show the model's page with the errors of refused names."""
    refused = name_as_sent(request, model)
    if refused is None:
        return redirect(PAGE, model.pk)
    return model_page(request, model, context | {"refused_names": refused})


def standing_html(standing: Standing) -> SafeString:
    """Return the state of a model as HTML; the mark is hidden from screen readers."""
    mark = "↻" if standing.is_working else "✗" if standing.is_bad else ""
    return format_html(
        '<span class="prediction-state{}"{}><span aria-hidden="true">{}</span> {}</span>'
        '<span class="segment-quiet segment-said">{}</span>',
        " prediction-bad" if standing.is_bad else "",
        SafeString(" data-working") if standing.is_working else "",
        *(mark, capfirst(standing.word), standing.more),
    )
