"""The URLs of the API of models and scores.

URLs below `ml-engine/` and `clv/` also work without their trailing slash, without a redirect.
"""

from django.urls import URLPattern, path

from core.api.routes.slashes import either_way
from predictions.api.analytics.value_segments import ValueSegments
from predictions.api.analytics.views import Analytics
from predictions.api.models.monitoring import Monitoring
from predictions.api.models.trainings import (
    CancellingTraining,
    EvaluatingModel,
    OneTraining,
    Training,
)
from predictions.api.models.versions import (
    Deploying,
    Models,
    ModelVersions,
    OneModel,
    OneVersion,
    RollingBack,
)
from predictions.api.optimizing.endpoint import Optimizing
from predictions.api.predicting.customers import ScoresOfCustomer, ValueOfCustomer
from predictions.api.predicting.forecasts import Forecasts
from predictions.api.predicting.on_demand import Predicting

urlpatterns: list[URLPattern] = [
    either_way("ml-engine/train/", Training, name="train"),
    either_way("ml-engine/runs/<int:number>/", OneTraining, name="training"),
    either_way("ml-engine/runs/<int:number>/cancel/", CancellingTraining, name="training-cancel"),
    either_way("ml-engine/models/", Models, name="models"),
    either_way("ml-engine/models/<text:code>/", OneModel, name="model"),
    either_way("ml-engine/models/<text:code>/versions/", ModelVersions, name="model-versions"),
    either_way(
        "ml-engine/models/<text:code>/versions/<int:number>/", OneVersion, name="model-version"
    ),
    either_way("ml-engine/predict/", Predicting, name="predict"),
    either_way("ml-engine/evaluate/", EvaluatingModel, name="evaluate-model"),
    either_way("ml-engine/deploy/", Deploying, name="deploy"),
    either_way("ml-engine/rollback/", RollingBack, name="rollback"),
    either_way("ml-engine/monitoring/", Monitoring, name="ml-monitoring"),
    either_way("clv/analytics/", Analytics, name="analytics"),
    either_way("clv/segments/", ValueSegments, name="clv-segments"),
    either_way("clv/predict/", Forecasts, name="clv-predict"),
    either_way("clv/optimize/", Optimizing, name="clv-optimize"),
    # A customer number may contain any character, even slashes; only the last slash is the URL's.
    either_way("clv/calculate/<any_text:number>/", ValueOfCustomer, name="clv-calculate"),
    path(
        "customers/<any_text:number>/predictions/",
        ScoresOfCustomer.as_view(),
        name="customer-predictions",
    ),
]
