"""Request trainings and evaluations, read a training's progress, and cancel it."""

from http import HTTPStatus
from typing import ClassVar

from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import Answer, Endpoint, Operation
from core.api.parsing import ClockField, ExactTextField, StrictSerializer, WholeNumberField
from core.api.permissions import user_of
from core.api.refusals import invalid
from core.api.throttles import ApiRate
from core.problems import Problem
from predictions.api.fields import AnyField
from predictions.api.refusals import refusals
from predictions.api.responses import TrainingSerializer
from predictions.api.throttles import TrainRate, one_at_a_time
from predictions.lifecycle.documents import ModelEvaluationSerializer
from predictions.lifecycle.evaluate import evaluate
from predictions.lifecycle.train import cancel_training, request_training
from predictions.models import TrainingRun
from predictions.models.lifecycle.model import LONGEST_CODE
from predictions.registry import model_named
from segments.models import Segment

TRAIN = "predictions.train_model"
HIGHEST = 2**63 - 1


class TrainSerializer(StrictSerializer):
    """The model to train, its as-of time, parameters and segment of customers."""

    model = ExactTextField(max_length=LONGEST_CODE)
    as_of = ClockField(default=None, allow_null=True)
    parameters = serializers.DictField(default=dict, child=AnyField())
    segment = ExactTextField(default=None, allow_null=True, max_length=64)


class Training(Endpoint):
    """Requests a training, or joins the training of the model that is under way."""

    throttle_classes = (ApiRate, TrainRate)
    operations: ClassVar = {
        "POST": Operation(
            [TRAIN],
            Answer(
                TrainingSerializer, HTTPStatus.ACCEPTED, headers={"Location": "The run's address."}
            ),
            takes=TrainSerializer,
            example={"model": "next_order", "parameters": {"holdout_days": 91}},
            refusals=[HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT],
            summary="Train a model",
        )
    }

    def post(self, request: Request) -> Response:
        asked = self.body()
        with refusals():
            run = request_training(
                asked["model"],
                as_of=asked["as_of"],
                parameters=asked["parameters"],
                segment=_segment(asked["segment"]),
                by=user_of(request),
            )
        headers = {"Location": reverse("api:training", args=[run.pk])}
        return Response(self.render(run), status=HTTPStatus.ACCEPTED, headers=headers)


class OneTraining(Endpoint):
    """The progress of a training."""

    operations: ClassVar = {
        "GET": Operation([TRAIN], Answer(TrainingSerializer), summary="Read a training's progress")
    }

    def get(self, request: Request, number: int) -> Response:
        return Response(self.render(_run(number)))


class CancellingTraining(Endpoint):
    """Cancels a training. A running training ends within seconds; an ended one stays as it is."""

    operations: ClassVar = {
        "POST": Operation(
            [TRAIN], Answer(TrainingSerializer, HTTPStatus.ACCEPTED), summary="Cancel a training"
        )
    }

    def post(self, request: Request, number: int) -> Response:
        run = _run(number)
        self.body()
        return Response(self.render(cancel_training(run)), status=HTTPStatus.ACCEPTED)


class EvaluateSerializer(StrictSerializer):
    """The version to evaluate, and the as-of time."""

    model = ExactTextField(max_length=LONGEST_CODE)
    version = WholeNumberField(default=None, allow_null=True, min_value=1, max_value=2**31 - 1)
    as_of = ClockField(default=None, allow_null=True)


class EvaluatingModel(Endpoint):
    """Evaluates a version against its baselines; only the evaluation is stored."""

    throttle_classes = (ApiRate, TrainRate)
    operations: ClassVar = {
        "POST": Operation(
            [TRAIN],
            Answer(ModelEvaluationSerializer),
            takes=EvaluateSerializer,
            example={"model": "next_order", "version": 1},
            refusals=[HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE],
            summary="Evaluate a version of a model",
            is_read=True,
        )
    }

    def post(self, request: Request) -> Response:
        asked = self.body()
        with one_at_a_time(), refusals():
            found = evaluate(
                model_named(asked["model"]),
                asked["version"],
                as_of=asked["as_of"],
                by=user_of(request),
                is_on_demand=True,
            )
        return Response(self.render(found))


def _run(number: int) -> TrainingRun:
    rows = TrainingRun.objects.select_related("model", "segment", "version", "requested_by")
    run: TrainingRun | None = rows.filter(pk=number).first() if number <= HIGHEST else None
    if run is None:
        raise NotFound(_("There is no training %(number)d.") % {"number": number})
    return run


def _segment(code: str | None) -> Segment | None:
    if code is None:
        return None
    segment: Segment | None = Segment.objects.filter(code=code).first()
    if segment is None:
        text = _("There is no segment “%(code)s”.") % {"code": code}
        raise invalid(Problem("segment", "unknown_segment", text))
    return segment
