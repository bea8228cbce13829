"""Experiments by the API: reading, writing, starting, stopping."""

from functools import cached_property
from http import HTTPStatus
from typing import ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import Answer, Endpoint, Operation
from core.api.parameters import Parameter
from core.api.permissions import user_of
from core.api.preconditions import ETAG, etag_of
from core.api.routes.slashes import either_way
from core.resources.api import Api, Filter
from core.resources.serializers import ResourceSerializer
from personalization.experiments.resource import EXPERIMENTS, SHORT_FORMS, ExperimentSerializer
from personalization.experiments.running import start, stop
from personalization.models import Experiment, ExperimentState

CONFLICT = [HTTPStatus.CONFLICT]


class ExperimentApi(Api):
    """Experiments, the new ones with short forms and without a code, too."""

    @cached_property
    def new_serializer(self) -> type[ResourceSerializer]:
        meta = type(
            "Meta",
            (self.serializer.Meta,),
            {"fields": [*self.serializer.Meta.fields, *SHORT_FORMS]},
        )
        return self._variant("NewExperimentSerializer", meta, SHORT_FORMS)


API = ExperimentApi(
    EXPERIMENTS,
    "personalization/experiments/",
    names=("experiments", "experiment"),
    words=("Experiments", "Experiment"),
    nouns=("experiments", "an experiment"),
    address=either_way,
    refusals=CONFLICT,
    filters=[
        Filter(
            Parameter("state", serializers.ChoiceField(ExperimentState.choices, required=False)),
            lambda rows, state: rows.filter(state=state),
        )
    ],
    example_code="recommending",
    example={
        "name": "Which way of recommending sells more",
        "variants": {
            "usual": {"algorithm": "cosine"},
            "new": {"algorithm": "collaborative_filtering"},
        },
        "primary_metric": "conversion_rate",
        "planned_size": 8158,
    },
    change={"planned_size": 8158},
)


class StartingExperiment(Endpoint):
    """Has a draft run."""

    operations: ClassVar = {
        "POST": Operation(
            ["personalization.start_experiment"],
            Answer(ExperimentSerializer, headers=ETAG),
            refusals=CONFLICT,
            summary="Start an experiment",
        )
    }

    def post(self, request: Request, code: str) -> Response:
        self.body()
        return answer(start(API.row_at(code), author=user_of(request)))


class StoppingExperiment(Endpoint):
    """Ends an experiment for good."""

    operations: ClassVar = {
        "POST": Operation(
            ["personalization.stop_experiment"],
            Answer(ExperimentSerializer, headers=ETAG),
            refusals=CONFLICT,
            summary="Stop an experiment",
        )
    }

    def post(self, request: Request, code: str) -> Response:
        self.body()
        return answer(stop(API.row_at(code), author=user_of(request)))


def answer(row: Experiment) -> Response:
    """Return the response with an experiment."""
    return Response(API.serialize_row(row), headers={"ETag": etag_of(row)})
