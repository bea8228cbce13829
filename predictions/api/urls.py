"""The addresses of models and scores.

Those below `ml-engine/` and `clv/` are answered without their last slash too, never by a redirect.
"""

from typing import Any

from django.urls import URLPattern, path

from predictions.api.customers import ScoresOfCustomer, ValueOfCustomer
from predictions.api.forecasts import Forecasts
from predictions.api.models import (
    Deploying,
    Models,
    ModelVersions,
    OneModel,
    OneVersion,
    RollingBack,
)
from predictions.api.predicting import Predicting
from predictions.api.trainings import CancellingTraining, EvaluatingModel, OneTraining, Training


def _both(route: str, view: Any, name: str) -> list[URLPattern]:
    """Return an address with its last slash, and without; the schema shows the first."""
    return [path(f"{route}/", view.as_view(), name=name), path(route, view.as_view(schema=None))]


urlpatterns: list[URLPattern] = [
    *_both("ml-engine/train", Training, "train"),
    *_both("ml-engine/runs/<int:number>", OneTraining, "training"),
    *_both("ml-engine/runs/<int:number>/cancel", CancellingTraining, "training-cancel"),
    *_both("ml-engine/models", Models, "models"),
    *_both("ml-engine/models/<text:code>", OneModel, "model"),
    *_both("ml-engine/models/<text:code>/versions", ModelVersions, "model-versions"),
    *_both("ml-engine/models/<text:code>/versions/<int:number>", OneVersion, "model-version"),
    *_both("ml-engine/predict", Predicting, "predict"),
    *_both("ml-engine/evaluate", EvaluatingModel, "evaluate-model"),
    *_both("ml-engine/deploy", Deploying, "deploy"),
    *_both("ml-engine/rollback", RollingBack, "rollback"),
    *_both("clv/predict", Forecasts, "clv-predict"),
    # A shop's number of a customer may have any character in it, slashes too; the last is ours.
    *_both("clv/calculate/<any_text:number>", ValueOfCustomer, "clv-calculate"),
    path(
        "customers/<any_text:number>/predictions/",
        ScoresOfCustomer.as_view(),
        name="customer-predictions",
    ),
]
