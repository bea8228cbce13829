"""What operators watch."""

from typing import ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import Answer, Endpoint, Operation
from predictions.api.answers import Shape, Text, Time, Whole
from predictions.monitoring.summary import monitoring


class CallsShape(Shape):
    """Calls of the last 24 hours under one name; times are upper ends of classes."""

    call = Text()
    requests = Whole()
    errors = Whole()  # type: ignore[assignment]
    refused = Whole()
    p50_ms = serializers.FloatField(allow_null=True)
    p95_ms = serializers.FloatField(allow_null=True)


class RangeShape(Shape):
    """The least and the most of a feature."""

    least = serializers.FloatField(allow_null=True)
    most = serializers.FloatField(allow_null=True)


class MovedShape(Shape):
    """How far a feature has moved."""

    feature = Text()
    psi = serializers.FloatField(allow_null=True)
    trained = RangeShape()
    now = RangeShape()


class ConceptShape(Shape):
    """How good the churn risks of one window ago have turned out to be."""

    brier = serializers.FloatField()
    version_brier = serializers.FloatField()
    customers = Whole()
    since = Time()


class LabelShape(Shape):
    """How many customers have a label."""

    label = Text()  # type: ignore[assignment]
    customers = Whole()
    share = serializers.FloatField()


class DriftReadingShape(Shape):
    """The last reading of the drift of a version in use."""

    at = Time()
    status = Text(allow_null=True)
    psi = serializers.FloatField(allow_null=True)
    features = MovedShape(many=True)
    concept = ConceptShape(allow_null=True)
    labels = LabelShape(many=True)


class WatchedShape(Shape):
    """A model, and how its version in use stands."""

    model = Text()
    deployed_version = Whole(allow_null=True)
    scored_at = Time(allow_null=True)
    customers_scored = Whole()
    drift = DriftReadingShape(allow_null=True)


class NoticeShape(Shape):
    """An alarm."""

    model = Text()
    day = serializers.DateField()
    kind = Text()


class ScoringRunShape(Shape):
    """A scoring of everybody."""

    id = Whole()
    models = serializers.ListField(child=Text())
    state = Text()
    as_of = Time()
    started_at = Time()
    finished_at = Time(allow_null=True)
    marked = Whole()
    problems = serializers.DictField()


class TrainingRunShape(Shape):
    """A training."""

    id = Whole()
    model = Text()
    state = Text()
    as_of = Time()
    created_at = Time()
    finished_at = Time(allow_null=True)
    version = Whole(allow_null=True)
    error = Text(allow_null=True)


class MonitoringShape(Shape):
    """Calls of the last 24 hours, drift, and the last runs, the newest first."""

    requests = Whole(allow_null=True)
    errors = Whole(allow_null=True)  # type: ignore[assignment]
    calls = CallsShape(many=True)
    models = WatchedShape(many=True)
    notices = NoticeShape(many=True)
    scoring_runs = ScoringRunShape(many=True)
    training_runs = TrainingRunShape(many=True)


class Monitoring(Endpoint):
    """What operators watch."""

    operations: ClassVar = {
        "GET": Operation(
            ["predictions.view_scores"],
            Answer(MonitoringShape),
            summary="Read figures of operation",
        )
    }

    def get(self, request: Request) -> Response:
        return Response(monitoring())
