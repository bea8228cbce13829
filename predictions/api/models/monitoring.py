"""The monitoring call and its response."""

from typing import Annotated, ClassVar, TypedDict

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import Answer, Endpoint, Operation
from core.api.response_fields import DocumentSerializer, NullIfEmptyField
from predictions.api.responses import Text, Time, Whole
from predictions.models import DriftReading, Notice, PredictionModel, ScoringRun, TrainingRun
from predictions.monitoring.call_statistics import Calls
from predictions.monitoring.summary import MonitoringSummary, monitoring_summary


class CallsSerializer(serializers.Serializer[Calls]):
    """The calls of one name in the last 24 hours; durations are upper bounds of classes."""

    call = Text()
    requests = Whole()
    errors = Whole()  # type: ignore[assignment]
    refused = Whole()
    p50_ms = serializers.FloatField(allow_null=True)
    p95_ms = serializers.FloatField(allow_null=True)


class RangeSerializer(DocumentSerializer):
    """The minimum and the maximum of a feature."""

    least = serializers.FloatField(allow_null=True)
    most = serializers.FloatField(allow_null=True)


class MovedSerializer(DocumentSerializer):
    """The drift of a feature, and its range at the training and now."""

    feature = Text()
    psi = serializers.FloatField(allow_null=True)
    trained = RangeSerializer()
    now = RangeSerializer()


class ConceptSerializer(DocumentSerializer):
    """The Brier score of the churn risks of one window ago, and that of the training."""

    brier = serializers.FloatField()
    version_brier = serializers.FloatField()
    customers = Whole()
    since = Time()


class LabelSerializer(DocumentSerializer):
    """The number and the share of customers with a label."""

    label = Text()  # type: ignore[assignment]
    customers = Whole()
    share = serializers.FloatField()


class DriftReadingSerializer(serializers.Serializer[DriftReading]):
    """The latest drift reading of a deployed version."""

    at = Time()
    status = NullIfEmptyField()
    psi = serializers.FloatField(allow_null=True)
    features = MovedSerializer(many=True)
    concept = ConceptSerializer(allow_null=True)
    labels = LabelSerializer(many=True)


class LatestReading(TypedDict):
    """The attribute of the models that are shown."""

    reading: DriftReading | None


class WatchedSerializer(serializers.Serializer[Annotated[PredictionModel, LatestReading]]):
    """A model, its last scoring and the drift of its deployed version."""

    model = Text(source="code")
    deployed_version = Whole(source="deployed.number", allow_null=True)
    scored_at = Time(allow_null=True)
    customers_scored = Whole()
    drift = DriftReadingSerializer(source="reading", allow_null=True)


class NoticeSerializer(serializers.Serializer[Notice]):
    """A notice of a drift alarm."""

    model = Text(source="model.code")
    day = serializers.DateField()
    kind = Text()


class ScoringRunSerializer(serializers.Serializer[ScoringRun]):
    """A full scoring."""

    id = Whole()
    models = serializers.ListField(child=Text(), source="codes")
    state = Text()
    as_of = Time()
    started_at = Time()
    finished_at = Time(allow_null=True)
    marked = Whole(source="marked_customers")
    problems = serializers.DictField(source="problem_texts")


class TrainingRunSerializer(serializers.Serializer[TrainingRun]):
    """A training run."""

    id = Whole()
    model = Text(source="model.code")
    state = Text()
    as_of = Time()
    created_at = Time()
    finished_at = Time(allow_null=True)
    version = Whole(source="version.number", allow_null=True)
    error = NullIfEmptyField(source="error_code")


class MonitoringSerializer(serializers.Serializer[MonitoringSummary]):
    """Calls of the last 24 hours, drift, and the latest runs, the newest first."""

    requests = Whole(allow_null=True)
    errors = Whole(allow_null=True)  # type: ignore[assignment]
    calls = CallsSerializer(many=True)
    models = WatchedSerializer(many=True)
    notices = NoticeSerializer(many=True)
    scoring_runs = ScoringRunSerializer(many=True)
    training_runs = TrainingRunSerializer(many=True)


class Monitoring(Endpoint):
    """The figures that operators monitor."""

    operations: ClassVar = {
        "GET": Operation(
            ["predictions.view_scores"],
            Answer(MonitoringSerializer),
            summary="Read figures of operation",
        )
    }

    def get(self, request: Request) -> Response:
        return Response(self.render(monitoring_summary()))
