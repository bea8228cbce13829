"""List models and versions, deploy and roll back."""

from http import HTTPStatus
from typing import Any, ClassVar

from django.db.models import Count, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import Answer, Endpoint, Operation
from core.api.pages import PAGED, page_of
from core.api.parsing import ExactTextField, StrictSerializer, WholeNumberField
from core.api.permissions import user_of
from predictions.api.refusals import refusals
from predictions.api.responses import PredictionModelSerializer
from predictions.lifecycle.documents import ModelVersionSerializer
from predictions.models import PredictionModel
from predictions.models.lifecycle.model import LONGEST_CODE
from predictions.monitoring.drift_readings import with_drift
from predictions.registry import deploy, model_named, models, rollback, version_of

VIEW, DEPLOY = "predictions.view_scores", "predictions.deploy_model"


class Models(Endpoint):
    """All models."""

    operations: ClassVar = {
        "GET": Operation(
            [VIEW],
            Answer(PredictionModelSerializer, pages=True),
            parameters=PAGED,
            summary="List models",
        )
    }

    def get(self, request: Request) -> Response:
        return page_of(_with_counts(models()), "pk", self.render, self)


class OneModel(Endpoint):
    """A model, its deployed version and its last scoring."""

    operations: ClassVar = {
        "GET": Operation([VIEW], Answer(PredictionModelSerializer), summary="Read a model")
    }

    def get(self, request: Request, code: str) -> Response:
        with refusals():
            return Response(self.render(_counted(code)))


class ModelVersions(Endpoint):
    """The versions of a model, the newest first."""

    operations: ClassVar = {
        "GET": Operation(
            [VIEW],
            Answer(ModelVersionSerializer, pages=True),
            parameters=PAGED,
            summary="List versions of a model",
        )
    }

    def get(self, request: Request, code: str) -> Response:
        with refusals():
            model = model_named(code)
        rows = model.versions.select_related("segment", "created_by").defer("artifact")
        return page_of(rows, "-number", self.render, self)


class OneVersion(Endpoint):
    """A version."""

    operations: ClassVar = {
        "GET": Operation(
            [VIEW], Answer(ModelVersionSerializer), summary="Read a version of a model"
        )
    }

    def get(self, request: Request, code: str, number: int) -> Response:
        with refusals():
            return Response(self.render(version_of(model_named(code), number)))


class DeploySerializer(StrictSerializer):
    """A version, and the reason (10 to 500 characters) if it has not passed its gate."""

    model = ExactTextField(max_length=LONGEST_CODE)
    version = WholeNumberField(min_value=1, max_value=2**31 - 1)
    override_reason = ExactTextField(default="", allow_blank=True)


class Deploying(Endpoint):
    """Deploys a version, which scores all customers from then on."""

    operations: ClassVar = {
        "PUT": Operation(
            [DEPLOY],
            Answer(PredictionModelSerializer),
            takes=DeploySerializer,
            example={
                "model": "next_order",
                "version": 1,
                "override_reason": "The shop is too young to measure it.",
            },
            refusals=[HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT],
            summary="Deploy a version of a model",
        )
    }

    def put(self, request: Request) -> Response:
        asked = self.body()
        with refusals():
            version = version_of(model_named(asked["model"]), asked["version"])
            deploy(version, reason=asked["override_reason"], by=user_of(request))
            return Response(self.render(_counted(asked["model"])))


class ModelRequestSerializer(StrictSerializer):
    """The code of a model."""

    model = ExactTextField(max_length=LONGEST_CODE)


class RollingBack(Endpoint):
    """Rolls back the newest deployment."""

    operations: ClassVar = {
        "POST": Operation(
            [DEPLOY],
            Answer(PredictionModelSerializer),
            takes=ModelRequestSerializer,
            example={"model": "next_order"},
            refusals=[HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT],
            summary="Roll back a deployment",
        )
    }

    def post(self, request: Request) -> Response:
        asked = self.body()
        with refusals():
            rollback(model_named(asked["model"]), by=user_of(request))
            return Response(self.render(_counted(asked["model"])))


def _counted(code: str) -> Any:
    """Return a model with its figures. Raises `Unknown` for an unknown code."""
    return _with_counts(models()).get(pk=model_named(code).pk)


def _with_counts(rows: QuerySet[PredictionModel]) -> QuerySet[Any]:
    return with_drift(rows.annotate(versions_count=Count("versions")))
