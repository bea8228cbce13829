"""The monitoring call and its response."""

from typing import ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import Answer, Endpoint, Operation
from predictions.api.responses import Shape, Text, Time, Whole
from predictions.monitoring.summary import monitoring


class CallsShape(Shape):
    """The calls of one name in the last 24 hours; durations are upper bounds of classes."""

    call = Text()
    requests = Whole()
    errors = Whole()  # type: ignore[assignment]
    refused = Whole()
    p50_ms = serializers.FloatField(allow_null=True)
    p95_ms = serializers.FloatField(allow_null=True)


class RangeShape(Shape):
    """The minimum and the maximum of a feature."""

    least = serializers.FloatField(allow_null=True)
    most = serializers.FloatField(allow_null=True)


class MovedShape(Shape):
    """The drift of a feature, and its range at the training and now."""

    feature = Text()
    psi = serializers.FloatField(allow_null=True)
    trained = RangeShape()
    now = RangeShape()


class ConceptShape(Shape):
    """The Brier score of the churn risks of one window ago, and that of the training."""

    brier = serializers.FloatField()
    version_brier = serializers.FloatField()
    customers = Whole()
    since = Time()


class LabelShape(Shape):
    """The number and the share of customers with a label."""

    label = Text()  # type: ignore[assignment]
    customers = Whole()
    share = serializers.FloatField()


class DriftReadingShape(Shape):
    """The latest drift reading of a deployed version."""

    at = Time()
    status = Text(allow_null=True)
    psi = serializers.FloatField(allow_null=True)
    features = MovedShape(many=True)
    concept = ConceptShape(allow_null=True)
    labels = LabelShape(many=True)


class WatchedShape(Shape):
    """A model, its last scoring and the drift of its deployed version."""

    model = Text()
    deployed_version = Whole(allow_null=True)
    scored_at = Time(allow_null=True)
    customers_scored = Whole()
    drift = DriftReadingShape(allow_null=True)


class NoticeShape(Shape):
    """A notice of a drift alarm."""

    model = Text()
    day = serializers.DateField()
    kind = Text()


class ScoringRunShape(Shape):
    """A full scoring."""

    id = Whole()
    models = serializers.ListField(child=Text())
    state = Text()
    as_of = Time()
    started_at = Time()
    finished_at = Time(allow_null=True)
    marked = Whole()
    problems = serializers.DictField()


class TrainingRunShape(Shape):
    """A training run."""

    id = Whole()
    model = Text()
    state = Text()
    as_of = Time()
    created_at = Time()
    finished_at = Time(allow_null=True)
    version = Whole(allow_null=True)
    error = Text(allow_null=True)


class MonitoringShape(Shape):
    """Calls of the last 24 hours, drift, and the latest runs, the newest first."""

    requests = Whole(allow_null=True)
    errors = Whole(allow_null=True)  # type: ignore[assignment]
    calls = CallsShape(many=True)
    models = WatchedShape(many=True)
    notices = NoticeShape(many=True)
    scoring_runs = ScoringRunShape(many=True)
    training_runs = TrainingRunShape(many=True)


class Monitoring(Endpoint):
    """The figures that operators monitor."""

    operations: ClassVar = {
        "GET": Operation(
            ["predictions.view_scores"],
            Answer(MonitoringShape),
            summary="Read figures of operation",
        )
    }

    def get(self, request: Request) -> Response:
        return Response(monitoring())
