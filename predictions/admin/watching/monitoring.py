"""The monitoring page: the calls of a day, the labels of models, and the latest runs."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conditions.language.operators import Words
from core.text.formats import UNKNOWN, share_shown
from predictions.admin.customer import attributes_of
from predictions.admin.single_page import OnePage
from predictions.admin.watching.drift_status import figure, light
from predictions.kinds import KINDS
from predictions.kinds.trained import is_trained
from predictions.models import ScoringRun, ScoringState
from predictions.monitoring.summary import monitoring_summary

CALLS: Mapping[str, Words] = {
    "predict": gettext_lazy("Predictions on demand"),
    "calculate": gettext_lazy("Value of a customer"),
    "clv-predict": gettext_lazy("Forecasts of lifetime value"),
    "customer-predictions": gettext_lazy("Scores of a customer"),
}


@admin.register(ScoringRun)
class MonitoringAdmin(OnePage):
    """The page with the use of models and the results of their runs."""

    heading = gettext_lazy("Monitoring")
    template = "admin/predictions/monitoring.html"

    def page_context(self, request: HttpRequest) -> dict[str, Any]:
        """Return the monitoring summary, formatted."""
        found = monitoring_summary()
        return {
            "calls": [
                vars(one)
                | {
                    "label": CALLS[one.call],
                    "p50": _milliseconds(one.p50_ms, one.requests),
                    "p95": _milliseconds(one.p95_ms, one.requests),
                }
                for one in found.calls
            ],
            "models": [_model(one) for one in found.models],
            "scoring_runs": [
                {
                    "run": one,
                    "labels": ", ".join(_label(code) for code in one.codes),
                    "said": ScoringState(one.state).label,
                    "problems": [
                        (_label(code), problem["message"])
                        for code, problem in one.problem_texts.items()
                    ],
                }
                for one in found.scoring_runs
            ],
            "training_runs": [
                {"run": one, "label": _label(one.model.code)} for one in found.training_runs
            ],
        }


def _model(model: Any) -> dict[str, Any]:
    reading = model.reading
    status, psi, labels = (
        ("", None, []) if reading is None else (reading.status, reading.psi, reading.labels)
    )
    return {
        "model": model,
        "label": KINDS[model.kind].label,
        "url": reverse("admin:predictions_predictionmodel_change", args=[model.pk]),
        "light": light(status, psi) if is_trained(KINDS[model.kind]) else UNKNOWN,
        "shares": [
            (_label_text(model.kind, share["label"]), share_shown(share["share"]))
            for share in labels
        ],
    }


def _label_text(kind: str, label: str) -> str:
    """Return the display name of a customers' label."""
    for attribute in attributes_of(KINDS[kind]):
        if attribute.choices is not None:
            return str(attribute.choices.labels([label]).get(label, label))
    return {"true": _("yes"), "false": _("no")}.get(label, label)


def _label(code: str) -> str:
    return str(KINDS[code].label) if code in KINDS else code


def _milliseconds(value: float | None, requests: int) -> str:
    """Return a percentile of durations in words; a dash without requests."""
    if not requests:
        return UNKNOWN
    return _("over 100 s") if value is None else _("%(ms)s ms") % {"ms": figure(value, 1)}
